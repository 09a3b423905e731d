package main

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/api/v1alpha1"
	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/output"
	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/internal/kube"
)

// ofTenant shows the FlowExports of a namespace, with the rights of a tenant. The arguments name some of them.
func (f statusFlags) ofTenant(ctx context.Context, a *access, to screen, color bool) error {
	switch {
	case f.selector != "" || f.problems || f.by != "node" || f.output == "wide":
		return fmt.Errorf("--namespace shows the FlowExports of a namespace, to which --selector, --problems, --by and -o wide do not apply")
	case f.watch:
		return fmt.Errorf("--watch shows nodes; to watch FlowExports: kubectl get flowexports -n %s -w", a.namespace)
	}
	t, err := a.tenant(ctx)
	if err != nil {
		return err
	}
	t, missing := t.Only(f.nodes)
	if len(missing) > 0 {
		return fmt.Errorf("there is no FlowExport %s in namespace %s; \"kubectl get flowexports -n %s\" lists them", strings.Join(missing, ", "), a.namespace, a.namespace)
	}
	switch f.output {
	case "json":
		err = output.JSON(to.out, tenantReportOf(t))
	case "yaml":
		err = output.YAML(to.out, tenantReportOf(t))
	default:
		width, _ := to.size()
		err = status.View{Context: a.context, Server: a.server, Headers: !f.noHeaders, Color: color, All: f.all, Width: width, Now: a.now()}.WriteTenant(to.out, t)
	}
	if err == nil && len(t.Summarize().Problems) > 0 {
		err = exit.With(exit.Negative)
	}
	return err
}

// tenant reads the FlowExports of the namespace that the flags name.
func (a *access) tenant(ctx context.Context) (status.Tenant, error) {
	t := status.Tenant{}
	found, err := a.List(ctx, kube.FlowExports(), a.namespace)
	if err != nil {
		return t, err
	}
	objects := make([]*unstructured.Unstructured, len(found))
	for i := range found {
		found[i].SetManagedFields(nil)
		objects[i] = &found[i]
	}
	return a.tenantOf(objects)
}

// tenantReport is what "status --namespace NAMESPACE -o json" prints.
type tenantReport struct {
	output.Type

	Namespace string                `json:"namespace"`
	Summary   status.TenantSummary  `json:"summary"`
	Items     []v1alpha1.FlowExport `json:"items"`
}

func tenantReportOf(t status.Tenant) tenantReport {
	return tenantReport{output.Of("FlowExportReport"), t.Namespace, t.Summarize(), append([]v1alpha1.FlowExport{}, t.Items...)}
}
