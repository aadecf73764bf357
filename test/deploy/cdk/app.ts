// Stacks as people have them, each with one LambdaVitals; test_cdk_library.py looks at the templates that they become.
import { App, Aws, CfnCondition, CfnParameter, Duration, Fn, NestedStack, Stack } from 'aws-cdk-lib';
import {
  Architecture, CfnFunction, Code, DockerImageCode, DockerImageFunction, Function, FunctionProps, InlineCode, LambdaInsightsVersion,
  LayerVersion, Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { CompositePrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { Construct } from 'constructs';
import { Emit, LambdaVitals, LogLevel, RecordDetail } from 'lambda-vitals-cdk';
import * as path from 'node:path';

const app = new App();
const zipFolder = process.env.ZIPS;

function hello(scope: Construct, id: string, props: Partial<FunctionProps> = {}) {
  return new Function(scope, id, {
    code: new InlineCode('def handler(event, context): pass'), handler: 'index.handler', runtime: Runtime.PYTHON_3_13, ...props,
  });
}

const layerArn = (name: string) => `arn:aws:lambda:eu-west-1:123456789012:layer:${name}:1`;
const layer = (scope: Construct, name: string) => LayerVersion.fromLayerVersionArn(scope, name, layerArn(name));

// One line for a stack: architectures, nested stacks, images, functions defined before and after it.
const shop = new Stack(app, 'Shop');
hello(shop, 'Before', { layers: [layer(shop, 'own')], environment: { OWN: 'value', LAMBDA_VITALS_LOG_LEVEL: 'off' } });
new LambdaVitals(shop, 'Vitals', {
  settings: {
    namespace: 'Shop', metrics: ['+cpu_total_time', '-init_duration'], dimensions: [[], ['function_name', 'team']],
    fields: { team: 'payments', region: Aws.REGION }, record: RecordDetail.COMPACT, lines: 'notable,1/100', highResolution: true, emit: Emit.SYNC,
    sampleInterval: Duration.millis(20), interval: Duration.seconds(30), availabilityZone: true, telemetry: false, telemetryPort: 0, networkInterfaces: ['eth0', 'eth1'],
    logLevel: LogLevel.DEBUG, enabled: true,
  },
});
hello(shop, 'OnArm', { architecture: Architecture.ARM_64 }).addAlias('live');
hello(new NestedStack(shop, 'Nested'), 'InNested', { architecture: Architecture.ARM_64 });
new DockerImageFunction(shop, 'InImage', { code: DockerImageCode.fromEcr(Repository.fromRepositoryName(shop, 'Images', 'images')) });
hello(shop, 'AtEdge', {
  role: new Role(shop, 'EdgeRole', {
    assumedBy: new CompositePrincipal(new ServicePrincipal('lambda.amazonaws.com'), new ServicePrincipal('edgelambda.amazonaws.com')),
  }),
});
hello(shop, 'Full', { layers: ['a', 'b', 'c', 'd', 'e'].map((name) => layer(shop, name)) });
hello(shop, 'WithInsights', { insightsVersion: LambdaInsightsVersion.VERSION_1_0_333_0 });
LambdaVitals.optOut(hello(shop, 'OptedOut'));
const added = hello(shop, 'LayerAddedLater');
added.addLayers(layer(shop, 'late'));
added.addEnvironment('LATE', 'value');

// Layers and architectures that are intrinsic functions.
const plain = new Stack(app, 'Plain');
const choice = new CfnCondition(plain, 'Choice', { expression: Fn.conditionEquals(Aws.REGION, 'eu-west-1') });
const list = new CfnParameter(plain, 'List', { type: 'CommaDelimitedList' });
const architecture = new CfnParameter(plain, 'Architecture');
const code = { zipFile: 'def handler(event, context): pass' };
const common = { code, handler: 'index.handler', runtime: 'python3.13', role: 'arn:aws:iam::123456789012:role/role' };
new CfnFunction(plain, 'OneOfTwo', { ...common, layers: [Fn.conditionIf(choice.logicalId, layerArn('a'), Aws.NO_VALUE).toString()] });
new CfnFunction(plain, 'ListParameter', { ...common, layers: list.valueAsList });
new CfnFunction(plain, 'AnyArchitecture', { ...common, architectures: [architecture.valueAsString] });
new CfnFunction(plain, 'ImageByUri', { role: common.role, code: { imageUri: 'image:1' }, packageType: 'Image' });
new CfnInclude(plain, 'Included', { templateFile: path.join(__dirname, 'included.yaml') });
new LambdaVitals(plain, 'Vitals');

// Some functions only; a nearer LambdaVitals decides; by hand.
const some = new Stack(app, 'Some');
const chosen = hello(some, 'Chosen');
hello(some, 'NotChosen');
const vitals = new LambdaVitals(some, 'Vitals', { functions: [chosen] });
const byHand = hello(some, 'ByHand');
byHand.addLayers(vitals.layerVersion(byHand.architecture));

// One line for an app: here for all stacks above, too, but there the nearer one decides.
const other = new Stack(app, 'Other');
hello(other, 'OfTheApp');
hello(new NestedStack(other, 'Nested'), 'OfTheAppNested');
new LambdaVitals(app, 'VitalsOfAll', { zipFolder, settings: { fields: { of: 'app' } } });

app.synth();
