// A Python function with Lambda Vitals, in the AWS CDK
import * as path from 'node:path';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Architecture, Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LambdaVitals } from 'lambda-vitals-cdk';

const app = new App();
const stack = new Stack(app, 'Primes');

new LambdaVitals(stack, 'Vitals', {
  settings: { fields: { service: 'primes' } },
});

const primes = new Function(stack, 'Function', {
  code: Code.fromAsset(path.join(__dirname, '..', 'function')),
  runtime: Runtime.PYTHON_3_13,
  handler: 'index.handler',
  architecture: Architecture.X86_64, // or ARM_64: each function gets the layer of its own
  memorySize: 256,
  timeout: Duration.seconds(10),
});

new CfnOutput(stack, 'FunctionName', { value: primes.functionName });
