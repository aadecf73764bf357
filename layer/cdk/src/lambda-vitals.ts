import * as fs from 'fs';
import * as path from 'path';
import { Annotations, Aspects, AspectPriority, FileSystem, IAspect, Stack } from 'aws-cdk-lib';
import { Architecture, CfnFunction, Code, IFunction, ILayerVersion, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import { Construct, IConstruct } from 'constructs';
import { addLayer, addVariables, hasLambdaInsights, obstacle } from './attachment';
import { LambdaVitalsSettings, _environmentOf } from './settings';

const OPTED_OUT = 'lambda-vitals:opted-out';

/** Properties of LambdaVitals. */
export interface LambdaVitalsProps {
  /**
   * The functions that get the layer.
   * @default - every function of the scope, also those in nested stacks and those that are defined later
   */
  readonly functions?: IFunction[];
  /**
   * Settings of the extension, as environment variables of the functions.
   * @default - the defaults, which are meant to be kept
   */
  readonly settings?: LambdaVitalsSettings;
  /**
   * Folder with `lambda-vitals-x86_64.zip` and `lambda-vitals-arm64.zip`.
   * @default - the zips of this package
   */
  readonly zipFolder?: string;
}

/**
 * Publishes Lambda Vitals as a layer of your own and attaches it to every function of the scope: a construct, a stack or
 * the whole app. Each function gets the layer of its architecture. Of two LambdaVitals whose scopes contain a function the
 * nearer one decides.
 *
 * Container images cannot have layers, and functions for Lambda@Edge neither layers nor environment variables: they stay
 * as they are, with an annotation that says so.
 */
export class LambdaVitals extends Construct {
  /** Nothing in this construct gets the layer, whatever LambdaVitals is around it. */
  public static optOut(construct: IConstruct): void {
    construct.node.addMetadata(OPTED_OUT, true);
  }

  private readonly zipFolder: string;

  constructor(scope: Construct, id: string, props: LambdaVitalsProps = {}) {
    super(scope, id);
    this.zipFolder = props.zipFolder ?? path.join(__dirname, '..', 'layers');
    const environment = _environmentOf(props.settings ?? {});
    const only = props.functions?.map(resourceOf);
    Aspects.of(scope).add(new Attach(this, environment, only), { priority: AspectPriority.MUTATING });
  }

  /**
   * The layer for an architecture, in the stack of a construct: for what is attached by hand. It is published once in a
   * stack, and only if something needs it.
   */
  public layerVersion(architecture: Architecture, user: IConstruct = this): ILayerVersion {
    const home = this.homeFor(user);
    const zip = path.join(this.zipFolder, `lambda-vitals-${architecture.name}.zip`);
    if (!fs.existsSync(zip)) {
      throw new Error(`LambdaVitals: there is no ${zip}; ./scripts/build-layer makes it`);
    }
    // The content is part of the logical ID, so that a new zip is a new layer for the versions of functions, too.
    const id = `${architecture.name}-${FileSystem.fingerprint(zip).slice(0, 8)}`;
    return (home.node.tryFindChild(id) as LayerVersion | undefined) ?? new LayerVersion(home, id, {
      code: Code.fromAsset(zip),
      compatibleArchitectures: [architecture],
      description: `Lambda Vitals for ${architecture.name}: what every invocation cost, as metrics of its own log line`,
      license: 'Apache-2.0',
    });
  }

  /** Where the layer of a construct is: nested stacks share the one of their parent, other stacks have their own. */
  private homeFor(user: IConstruct): Construct {
    const stack = outermostStack(user);
    if (stack === outermostStack(this)) return this;
    const id = `LambdaVitals-${this.node.addr.slice(-8)}`;
    return (stack!.node.tryFindChild(id) as Construct | undefined) ?? new Construct(stack!, id);
  }
}

/** The stack that a construct is deployed with; an app has none. */
function outermostStack(construct: IConstruct): Stack | undefined {
  if (!construct.node.scopes.some(Stack.isStack)) return undefined;
  let stack = Stack.of(construct);
  while (stack.nestedStackParent) stack = stack.nestedStackParent;
  return stack;
}

function resourceOf(target: IFunction): IConstruct {
  const resource = target.node.defaultChild;
  if (resource instanceof CfnFunction) return resource;
  throw new Error(`LambdaVitals: ${target.node.path} is not defined in this app, so the app cannot change it; use ./scripts/attach`);
}

/** Visits the functions of a scope. */
class Attach implements IAspect {
  private readonly done = new Set<IConstruct>();

  constructor(
    private readonly vitals: LambdaVitals,
    private readonly environment: { [name: string]: string },
    private readonly only?: IConstruct[],
  ) {}

  public visit(node: IConstruct): void {
    if (!(node instanceof CfnFunction) || this.done.has(node) || !this.isResponsibleFor(node)) return;
    this.done.add(node);
    const reason = obstacle(node);
    if (reason) {
      Annotations.of(node).addInfo(reason);
      return;
    }
    if (hasLambdaInsights(node)) {
      Annotations.of(node).addWarningV2('lambda-vitals:lambda-insights',
        'The function has Lambda Insights, too, which publishes the same metrics: remove it, or give Lambda Vitals another namespace in its settings');
    }
    addLayer(node, (architecture) => this.vitals.layerVersion(Architecture.custom(architecture), node).layerVersionArn);
    addVariables(node, this.environment);
  }

  private isResponsibleFor(node: CfnFunction): boolean {
    if (node.node.scopes.some((each) => each.node.metadata.some(({ type }) => type === OPTED_OUT))) return false;
    return nearest(node) === this;
  }

  public covers(node: IConstruct): boolean {
    return this.only?.includes(node) ?? true;
  }
}

function nearest(node: IConstruct): Attach | undefined {
  for (const scope of [...node.node.scopes].reverse()) {
    const found = Aspects.of(scope).all.find((each) => each instanceof Attach && each.covers(node));
    if (found) return found as Attach;
  }
  return undefined;
}
