// A Python function with Lambda Vitals, in the AWS CDK
import * as path from 'node:path';
import { App, CfnOutput, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Architecture, Code, Function, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';

const app = new App();
const stack = new Stack(app, 'Primes');

const layerArn = new CfnParameter(stack, 'LayerArn', {
  description: "ARN of a version of the layer lambda-vitals-arm64, in this stack's region",
});

const primes = new Function(stack, 'Function', {
  code: Code.fromAsset(path.join(__dirname, '..', 'function')),
  runtime: Runtime.PYTHON_3_13,
  handler: 'index.handler',
  architecture: Architecture.ARM_64, // the layer must be for the same one
  memorySize: 256,
  timeout: Duration.seconds(10),
  layers: [LayerVersion.fromLayerVersionArn(stack, 'LambdaVitals', layerArn.valueAsString)],
  environment: {
    LAMBDA_VITALS_FIELDS: 'service=primes',
  },
});

new CfnOutput(stack, 'FunctionName', { value: primes.functionName });
