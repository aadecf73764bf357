export * from './lambda-vitals';
export * from './settings';
