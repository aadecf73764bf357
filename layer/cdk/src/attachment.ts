// What attaching is for one CloudFormation function: its layers and environment, whether they are lists or intrinsic functions.
import { CfnCondition, Fn, IResolveContext, Lazy, Stack, Token } from 'aws-cdk-lib';
import { CfnFunction, Function } from 'aws-cdk-lib/aws-lambda';
import { Role } from 'aws-cdk-lib/aws-iam';

const NO_VALUE = 'AWS::NoValue';
export const MOST_LAYERS = 5;

/** Why the function cannot have the layer, and what to do; undefined if it can. */
export function obstacle(cfn: CfnFunction): string | undefined {
  if (cfn.packageType === 'Image' || imageUri(cfn)) {
    return 'Lambda Vitals is not attached: a container image cannot have layers. Add "COPY --from=lambda-vitals /opt/ /opt/" to its Dockerfile (docs/container-images.md)';
  }
  if (isForEdge(cfn)) {
    return 'Lambda Vitals is not attached: a function for Lambda@Edge cannot have layers or environment variables';
  }
  const layers = Stack.of(cfn).resolve(cfn.layers);
  if (Array.isArray(layers) && layers.length >= MOST_LAYERS) {
    return 'Lambda Vitals is not attached: the function has five layers, and Lambda allows no sixth. Take one away, or merge two';
  }
  return undefined;
}

function imageUri(cfn: CfnFunction): unknown {
  return Stack.of(cfn).resolve(cfn.code)?.imageUri;
}

/** Functions for Lambda@Edge are known by who may assume their role. */
function isForEdge(cfn: CfnFunction): boolean {
  const owner = cfn.node.scope;
  const role = owner instanceof Function ? owner.role : undefined;
  if (!(role instanceof Role)) return false;
  return JSON.stringify(Stack.of(cfn).resolve(role.assumeRolePolicy)).includes('edgelambda.amazonaws.com');
}

/** Adds a layer after those that the function has, which may still change until synthesis. */
export function addLayer(cfn: CfnFunction, arnFor: (architecture: string) => string): void {
  const arn = arnOfArchitecture(cfn, arnFor);
  const before = cfn.layers;
  cfn.layers = Lazy.uncachedList({ produce: (context: IResolveContext) => withLayer(context.resolve(before), arn) as string[] });
}

/** Where the architecture is a parameter, CloudFormation chooses between both layers. */
function arnOfArchitecture(cfn: CfnFunction, arnFor: (architecture: string) => string): string {
  const architecture = cfn.architectures?.[0] ?? 'x86_64';
  if (!Token.isUnresolved(architecture)) return arnFor(architecture);
  const id = 'LambdaVitalsIsArm64';
  const condition = cfn.node.tryFindChild(id) as CfnCondition | undefined
    ?? new CfnCondition(cfn, id, { expression: Fn.conditionEquals(architecture, 'arm64') });
  return Fn.conditionIf(condition.logicalId, arnFor('arm64'), arnFor('x86_64')).toString();
}

function withLayer(layers: any, arn: string): unknown {
  if (layers === undefined || layers === null || layers.Ref === NO_VALUE) return [arn];
  if (Array.isArray(layers)) return [...layers, arn];
  if (layers['Fn::If']) {
    const [condition, whenTrue, whenFalse] = layers['Fn::If'];
    return { 'Fn::If': [condition, withLayer(whenTrue, arn), withLayer(whenFalse, arn)] };
  }
  // Any other intrinsic function gives a list, such as the Ref to a list parameter.
  return { 'Fn::Split': [',', { 'Fn::Join': [',', [{ 'Fn::Join': [',', layers] }, arn]] }] };
}

/** Adds variables that the function does not set itself. */
export function addVariables(cfn: CfnFunction, added: { [name: string]: string }): void {
  if (Object.keys(added).length === 0) return;
  const before = cfn.environment;
  cfn.environment = Lazy.uncachedAny({
    produce: (context: IResolveContext) => {
      const { variables, Variables, ...rest } = context.resolve(before) ?? {};
      return { ...rest, variables: { ...added, ...(variables ?? Variables) } };
    },
  });
}

/** Whether the function has AWS's Lambda Insights, which publishes the same metrics. */
export function hasLambdaInsights(cfn: CfnFunction): boolean {
  return /lambdainsights/i.test(JSON.stringify(Stack.of(cfn).resolve(cfn.layers) ?? [])); // an ARN, or the CDK's map of ARNs
}
