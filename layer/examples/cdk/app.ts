// A Python function with Lambda Vitals, in the AWS CDK
import * as path from 'node:path';
import { App, CfnOutput, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Architecture, Code, Function, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';

const app = new App();
const stack = new Stack(app, 'Primes');

const layerArn = new CfnParameter(stack, 'LayerArn', {
  description: "ARN of a version of the layer lambda-vitals-arm64 or lambda-vitals-x86_64, in this stack's region",
});
const architecture = new CfnParameter(stack, 'Architecture', {
  description: 'Instruction set of the function; the layer must be for the same one',
  allowedValues: ['arm64', 'x86_64'],
  default: 'arm64',
});

const primes = new Function(stack, 'Function', {
  code: Code.fromAsset(path.join(__dirname, '..', 'function')),
  runtime: Runtime.PYTHON_3_13,
  handler: 'index.handler',
  architecture: Architecture.custom(architecture.valueAsString),
  memorySize: 256,
  timeout: Duration.seconds(10),
  layers: [LayerVersion.fromLayerVersionArn(stack, 'LambdaVitals', layerArn.valueAsString)],
  environment: {
    LAMBDA_VITALS_FIELDS: 'service=primes',
  },
});

new CfnOutput(stack, 'FunctionName', { value: primes.functionName });
