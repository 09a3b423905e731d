// Package kustomize renders the shipped manifests with the kustomize that is embedded in older
// releases of kubectl, for those who run "kubectl apply -k", and compares them with what the newest
// kubectl renders. It is a module of its own, with one .mod file for each kustomize: go.mod for
// kubectl 1.31, 1.30.mod for 1.28 to 1.30, 1.34.mod for 1.34 and 1.35, and 1.32.mod and 1.33.mod.
package kustomize
