package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/clientcmd"

	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/viewrole"
	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/internal/kube"
	"sluice/validation"
)

// hint is an error with what its reader can do.
type hint struct {
	err  error
	text string
}

func (h hint) Error() string { return h.err.Error() + "\n" + h.text }
func (h hint) Unwrap() error { return h.err }

// mayNotVerify is the error of a user who may not request a verification.
type mayNotVerify struct{ error }

func (m mayNotVerify) Unwrap() error { return m.error }

// verifyRole lets users request verifications; see manifests/agent/verify-rbac.yaml.
const verifyRole = "sluice-verify"

// explaining makes the commands explain the errors of the cluster that open opens.
func explaining(commands []*cobra.Command, opened func() *access) {
	for _, command := range commands {
		run := command.RunE
		if run == nil {
			continue
		}
		command.RunE = func(command *cobra.Command, args []string) error {
			return explained(command.Context(), run(command, args), opened())
		}
	}
}

// noAccess is the error of a kubeconfig that names no cluster to use.
func noAccess(config clientcmd.ClientConfig, err error) error {
	err = fmt.Errorf("no access to a cluster: %w", err)
	raw, unread := config.RawConfig()
	switch {
	case unread != nil:
		return err
	case len(raw.Clusters) == 0:
		return errors.New(`no access to a cluster: there is no kubeconfig; log in with "oc login", or name a file with --kubeconfig or KUBECONFIG`)
	case raw.Contexts[raw.CurrentContext] == nil:
		return hint{err, `"kubectl config get-contexts" lists the contexts; --context chooses one.`}
	}
	return err
}

// explained says what to do about an error that has its cause in the access to a cluster. a is nil if none was opened.
func explained(ctx context.Context, err error, a *access) error {
	var printed exit.Error
	switch {
	case err == nil, errors.As(err, &printed):
		return err
	case a == nil:
		return err
	}
	where := status.Where(a.context, a.server)
	var answer apierrors.APIStatus
	switch {
	case apierrors.IsUnauthorized(err):
		return hint{err, fmt.Sprintf("The cluster (%s) does not accept the credentials of the kubeconfig. Log in again.", where)}
	case apierrors.IsForbidden(err):
		return hint{err, a.missing(ctx, err)}
	case errors.As(err, &answer) && apierrors.IsNotFound(err) && answer.Status().Details != nil && answer.Status().Details.Name == "":
		return hint{err, fmt.Sprintf("Sluice is not installed in this cluster (%s), or not completely: \"kubectl sluice doctor\" says what is missing. Choose another cluster with --context.", where)}
	case errors.As(err, &answer):
		return err
	}
	if unreachable(err) && where != "" {
		return hint{err, fmt.Sprintf("The API server (%s) can't be reached. Choose another cluster with --context, or check the network, for example with \"kubectl cluster-info\".", where)}
	}
	return err
}

// unreachable reports whether no API server answered at all.
func unreachable(err error) bool {
	var request *url.Error
	return errors.As(err, &request)
}

// missing says which role a user needs.
func (a *access) missing(ctx context.Context, err error) string {
	role, where, who, grant := viewrole.Name, "", "A cluster administrator", viewrole.Grant
	_, verifies := errors.AsType[mayNotVerify](err)
	switch {
	case verifies:
		role = verifyRole
	case a.namespace != "" && resourceOf(err) == kube.FlowExports().Resource:
		role, where, who = viewrole.Tenant, " in namespace "+a.namespace, "An administrator of the namespace"
		grant = func(role string, user validation.User) string { return viewrole.GrantIn(a.namespace, role, user) }
	}
	user, unknown := (&kube.Cluster{Reader: a.Reader}).User(ctx)
	if unknown != nil {
		return fmt.Sprintf("The ClusterRole %s%s allows it. %s can grant it.", role, where, who)
	}
	return fmt.Sprintf("The ClusterRole %s%s allows it; %s. %s can grant it:\n  %s", role, where, viewrole.Identified(user), who, grant(role, user))
}

// resourceOf is the resource to which the API server refused access; empty if it did not say so.
func resourceOf(err error) string {
	var answer apierrors.APIStatus
	if errors.As(err, &answer) && answer.Status().Details != nil {
		return answer.Status().Details.Kind
	}
	return ""
}
