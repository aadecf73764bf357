'use strict';

// Adds the layers of Lambda Vitals to the service, and to each function the one of its architecture.
const path = require('path');
const { environmentOf, settingsSchema } = require('./settings');

const ARCHITECTURES = ['x86_64', 'arm64'];
const NAMES = { x86_64: 'LambdaVitalsX8664', arm64: 'LambdaVitalsArm64' };
const MOST_LAYERS = 5;

class LambdaVitals {
  constructor(serverless, options, { log }) {
    this.serverless = serverless;
    this.log = log;
    const names = { type: 'array', items: { type: 'string' } };
    serverless.configSchemaHandler.defineCustomProperties({
      type: 'object',
      properties: {
        lambdaVitals: {
          type: 'object',
          properties: { functions: names, exclude: names, settings: settingsSchema },
          additionalProperties: false,
        },
      },
    });
    serverless.configSchemaHandler.defineFunctionProperties('aws', {
      type: 'object',
      properties: { lambdaVitals: { type: 'boolean' } },
    });
    this.hooks = { initialize: () => this.attachToAll() };
  }

  attachToAll() {
    const { service } = this.serverless;
    const { functions: only, exclude = [], settings = {} } = service.custom?.lambdaVitals ?? {};
    this.checkNames([...(only ?? []), ...exclude]);
    this.environment = environmentOf(settings);
    for (const name of service.getAllFunctions()) {
      const definition = service.getFunction(name);
      const wanted = definition.lambdaVitals ?? (only?.includes(name) ?? !exclude.includes(name));
      if (wanted) this.attach(name, definition);
    }
  }

  checkNames(names) {
    const unknown = names.filter((name) => !this.serverless.service.getAllFunctions().includes(name));
    if (unknown.length === 0) return;
    const message = `custom.lambdaVitals names functions that the service does not have: ${unknown.join(', ')}`;
    throw new this.serverless.classes.Error(message, 'LAMBDA_VITALS_UNKNOWN_FUNCTION');
  }

  attach(name, definition) {
    const { provider } = this.serverless.service;
    const layers = definition.layers ?? provider.layers ?? []; // a function's own replace the provider's
    if (definition.image) {
      this.log.notice(`lambda-vitals: ${name} is a container image, which cannot have layers. `
        + 'Add "COPY --from=lambda-vitals /opt/ /opt/" to its Dockerfile (docs/container-images.md)');
    } else if (layers.length >= MOST_LAYERS) {
      this.log.warning(`lambda-vitals: ${name} has five layers, and Lambda allows no sixth: not attached. Take one away, or merge two`);
    } else {
      const architecture = definition.architecture ?? provider.architecture ?? 'x86_64';
      definition.layers = [...layers, { Ref: this.layer(architecture) }];
      const given = { ...provider.environment, ...definition.environment };
      const added = Object.entries(this.environment).filter(([variable]) => !(variable in given));
      if (added.length > 0) definition.environment = { ...Object.fromEntries(added), ...definition.environment };
    }
  }

  // Adds the layer to the service when the first function needs it, and gives its logical ID.
  layer(architecture) {
    if (!ARCHITECTURES.includes(architecture)) {
      const message = `lambda-vitals: no layer for the architecture ${JSON.stringify(architecture)}: x86_64 or arm64`;
      throw new this.serverless.classes.Error(message, 'LAMBDA_VITALS_UNKNOWN_ARCHITECTURE');
    }
    const { service } = this.serverless;
    const name = NAMES[architecture];
    service.layers = service.layers ?? {};
    service.layers[name] = service.layers[name] ?? {
      name: `${service.service}-${this.serverless.getProvider('aws').getStage()}-lambda-vitals-${architecture}`,
      description: `Lambda Vitals for ${architecture}: what every invocation cost, as metrics of its own log line`,
      licenseInfo: 'Apache-2.0',
      compatibleArchitectures: [architecture],
      package: { artifact: path.relative(this.serverless.serviceDir, path.join(__dirname, 'layers', `lambda-vitals-${architecture}.zip`)) },
    };
    return this.serverless.getProvider('aws').naming.getLambdaLayerLogicalId(name);
  }
}

module.exports = LambdaVitals;
