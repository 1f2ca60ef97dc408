#!/usr/bin/env python3
"""Prints N Deployments (YAML documents) that differ a little; every third image has no tag."""
import sys

for i in range(int(sys.argv[1])):
    print(f"""---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-{i}
  namespace: shop
spec:
  selector:
    matchLabels: {{app: web-{i}}}
  template:
    metadata:
      labels: {{app: web-{i}}}
    spec:
      containers:
      - name: app
        image: registry.example.com/app{'' if i % 3 == 0 else ':' + str(i)}""")
