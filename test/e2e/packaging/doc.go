// Package packaging holds what users install by other ways than kustomize, the Helm chart and
// the OLM bundle, to what kustomize installs, and tries the chart on a real API server.
package packaging
