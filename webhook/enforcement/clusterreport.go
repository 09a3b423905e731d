package enforcement

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	openreports "github.com/openreports/reports-api/apis/openreports.io/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"sluice/api/v1alpha1"
	"sluice/validation"
	"sluice/validation/policy"
)

// reportName is the name of the only ClusterReport, and of its source.
const reportName = "sluice"

// auditedPolicy is a policy with its new status.
type auditedPolicy struct {
	State
	status *policyStatus
}

// clusterReport is the result of an audit for OpenReports, which shows it together with the
// reports of other policy engines. It has a result for each violation, and one for each policy
// without violations.
func clusterReport(list []auditedPolicy) *openreports.ClusterReport {
	report := &openreports.ClusterReport{
		TypeMeta:   metav1.TypeMeta{APIVersion: openreports.SchemeGroupVersion.String(), Kind: "ClusterReport"},
		ObjectMeta: metav1.ObjectMeta{Name: reportName, Labels: map[string]string{"app.kubernetes.io/managed-by": "sluice"}},
		Source:     reportName,
	}
	for _, j := range list {
		if j.Err != nil {
			report.Summary.Error++
			report.Results = append(report.Results, result(j, "error", "", j.since(v1alpha1.ConditionReady), j.Err.Error()))
		}
		for _, v := range j.status.Violations {
			outcome := openreports.Result("fail")
			if j.Enforcement != policy.Deny {
				outcome = "warn"
			}
			r := result(j, outcome, v.Rule, v.Since, v.Message)
			r.Subjects = []corev1.ObjectReference{violatingObject(v.Resource)}
			if v.Value != "" {
				r.Properties = map[string]string{"value": v.Value}
			}
			report.Results = append(report.Results, r)
		}
		switch n := int(j.status.ViolationCount); {
		case n == 0 && j.Err == nil:
			report.Summary.Pass++
			report.Results = append(report.Results, result(j, "pass", "", j.since(v1alpha1.ConditionCompliant), compliantMessage))
		case j.Enforcement == policy.Deny:
			report.Summary.Fail += n
		default:
			report.Summary.Warn += n
		}
	}
	slices.SortStableFunc(report.Results, func(a, b openreports.ReportResult) int { return cmp.Compare(a.Policy, b.Policy) })
	return report
}

func result(j auditedPolicy, outcome openreports.Result, rule string, since metav1.Time, message string) openreports.ReportResult {
	return openreports.ReportResult{
		Source: reportName, Policy: j.Name, Rule: rule, Category: "Network flow export", Result: outcome, Scored: j.Enforcement == policy.Deny,
		Timestamp: metav1.Timestamp{Seconds: since.Unix()}, Description: message,
	}
}

// since is when a condition got its present status.
func (j auditedPolicy) since(kind string) metav1.Time {
	if c := meta.FindStatusCondition(j.status.Conditions, kind); c != nil {
		return c.LastTransitionTime
	}
	return metav1.Time{}
}

// violatingObject is the object that a violation is in.
func violatingObject(resource string) corev1.ObjectReference {
	if resource == flowsConfigResource {
		return corev1.ObjectReference{APIVersion: "v1", Kind: "ConfigMap", Namespace: validation.FlowsConfigNamespace, Name: validation.FlowsConfigName}
	}
	return corev1.ObjectReference{APIVersion: "operator.openshift.io/v1", Kind: "Network", Name: validation.ClusterName}
}

// publish stores the report if it changed and the cluster serves such reports.
func (a *Auditor) publish(ctx context.Context, report *openreports.ClusterReport) error {
	if equality.Semantic.DeepEqual(a.published, report) {
		return nil
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(report)
	if err != nil {
		return fmt.Errorf("build ClusterReport: %w", err)
	}
	reports := schema.GroupVersionResource{Group: openreports.SchemeGroupVersion.Group, Version: openreports.SchemeGroupVersion.Version, Resource: "clusterreports"}
	_, err = a.Client.Resource(reports).Apply(ctx, reportName, &unstructured.Unstructured{Object: content}, metav1.ApplyOptions{FieldManager: "sluice-webhook", Force: true})
	if apierrors.IsNotFound(err) {
		return nil // OpenReports is not installed
	}
	if err != nil {
		return fmt.Errorf("store ClusterReport %s: %w", reportName, err)
	}
	a.published = report
	return nil
}
