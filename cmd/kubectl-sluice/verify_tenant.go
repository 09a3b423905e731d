package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/api/v1alpha1"
	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/output"
	"sluice/cmd/internal/printable"
	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/internal/informer"
	"sluice/internal/kube"
)

// tenantTimeout is how long to wait for the records of a tenant: nodes report their counters once a
// minute, the controller stores the sum once a minute, and the third sum has only records that were sent meanwhile.
const tenantTimeout = 5 * time.Minute

// noPodsCheck is how often to look for FlowExports that have been without a pod for long enough.
const noPodsCheck = 5 * time.Second

// ofTenant verifies the FlowExports of a namespace, with the rights of a tenant.
func (f verifyFlags) ofTenant(ctx context.Context, a *access, to screen, names []string) error {
	if len(f.nodes) > 0 {
		return errors.New("--node names nodes, which --namespace does not show; name FlowExports as arguments instead")
	}
	t, err := a.tenant(ctx)
	if err != nil {
		return err
	}
	t, missing := t.Only(names)
	switch {
	case len(missing) > 0:
		return fmt.Errorf("there is no FlowExport %s in namespace %s; \"kubectl get flowexports -n %s\" lists them", strings.Join(missing, ", "), a.namespace, a.namespace)
	case len(t.Items) == 0:
		return fmt.Errorf("there is no FlowExport in namespace %s; docs/tenants.md describes how to begin", a.namespace)
	}
	v := status.NewTenantVerification(t)
	quiet := f.output == "json"
	if !quiet {
		fmt.Fprintf(to.out, "Waiting up to %s until the nodes report new records of %s; they report once a minute\n", f.timeout, flowExportCount(len(t.Items)))
	}
	if err := a.followTenant(ctx, f.timeout, func(t status.Tenant) (bool, error) {
		v.Update(t)
		return v.Done(), tenantProgress(to, quiet, v)
	}); err != nil {
		return err
	}
	return tenantResult(to, quiet, a.namespace, v)
}

func flowExportCount(flowExports int) string {
	if flowExports == 1 {
		return "1 FlowExport"
	}
	return fmt.Sprintf("%d FlowExports", flowExports)
}

// followTenant calls show with the FlowExports of the namespace whenever they changed, and once in a while,
// until it says that it is done or the time is up.
func (a *access) followTenant(ctx context.Context, timeout time.Duration, show func(status.Tenant) (done bool, err error)) error {
	ctx, stop := context.WithTimeout(ctx, timeout)
	defer stop()
	w := &watches{changed: make(chan struct{}, 1), failed: make(chan error, 1)}
	var err error
	w.exports, err = informer.New(a.Client.Resource(kube.FlowExports()).Namespace(a.namespace), "", "flowexports", logr.Discard(), informer.Notify(w.changed), informer.OnFailure(w.fail))
	if err != nil {
		return err
	}
	go w.exports.RunWithContext(ctx)
	if err := w.synced(ctx); err != nil {
		return err
	}
	look := time.NewTicker(noPodsCheck)
	defer look.Stop()
	for {
		t, err := a.tenantOf(w.exports.Objects())
		if err != nil {
			return err
		}
		if done, err := show(t); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		case <-w.changed:
		}
	}
}

// tenantOf reads the FlowExports of a namespace.
func (a *access) tenantOf(objects []*unstructured.Unstructured) (status.Tenant, error) {
	t := status.Tenant{Namespace: a.namespace, Now: a.now()}
	for _, u := range objects {
		var o v1alpha1.FlowExport
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &o); err != nil {
			return t, fmt.Errorf("read FlowExport %s: %w", u.GetName(), err)
		}
		t.Items = append(t.Items, o)
	}
	return t, nil
}

// tenantProgress says how far it is, on one line that is overwritten.
func tenantProgress(to screen, quiet bool, v *status.TenantVerification) error {
	if quiet || !to.isTerminal() {
		return nil
	}
	_, err := fmt.Fprintf(to.out, "\r\x1b[K  records sent for %d of %s", v.Sent(), flowExportCount(len(v.Results())))
	return err
}

// tenantVerificationReport is what "verify --namespace NAMESPACE -o json" prints.
type tenantVerificationReport struct {
	output.Type

	Namespace string                `json:"namespace"`
	Results   []status.TenantResult `json:"results"`
}

// tenantResult prints the results, and fails if one of them is not as it should be.
func tenantResult(to screen, quiet bool, namespace string, v *status.TenantVerification) error {
	results := v.Results()
	if quiet {
		if err := output.JSON(to.out, tenantVerificationReport{output.Of("FlowExportVerificationReport"), namespace, results}); err != nil {
			return err
		}
	} else if err := writeTenantResults(to, results); err != nil {
		return err
	}
	for _, r := range results {
		if !r.Result.Good() {
			return exit.With(exit.Negative)
		}
	}
	return nil
}

func writeTenantResults(to screen, results []status.TenantResult) error {
	if to.isTerminal() {
		fmt.Fprintln(to.out)
	}
	fmt.Fprintln(to.out)
	t := tabwriter.NewWriter(to.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tNODES\tRECORDS\tRESULT")
	for _, r := range results {
		fmt.Fprintf(t, "%s\t%d of %d\t%d\t%s\n", printable.Line(r.Name), r.NodesSending, r.NodesWanted, r.Records, printable.Line(r.Text()))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	_, err := fmt.Fprintln(to.out, "\nRecords are counted where they are sent. UDP has no acknowledgments: only the collector knows\nwhat arrived.")
	return err
}
