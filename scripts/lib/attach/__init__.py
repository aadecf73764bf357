"""scripts/attach: attaches the published layer to functions that exist. Runs with Python 3.9 or later and boto3."""
