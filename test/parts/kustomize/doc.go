// Package kustomize renders the shipped manifests with the kustomize that is embedded in older
// releases of kubectl, for those who run "kubectl apply -k". It is a module of its own, with one
// .mod file for each release: go.mod for 1.31, and 1.30.mod and 1.32.mod.
package kustomize
