package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	"github.com/spf13/pflag"

	"sluice/webhook"
	"sluice/webhook/paths"
	"sluice/webhook/registration"
)

// pathFlags say which paths API servers call.
type pathFlags struct {
	secret   string
	lifetime time.Duration
}

func (f *pathFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.secret, "path-secret", "", "name of the Secret with the token in the paths of reviews, which only API servers know; the process with --role=control creates it, and writes the paths into the webhook configurations. Empty for the fixed paths "+webhook.MutatePath+" and "+webhook.ValidatePath)
	flags.DurationVar(&f.lifetime, "path-lifetime", 24*time.Hour, "how long a token of --path-secret is used before it is replaced")
}

func (f *pathFlags) used() bool { return f.secret != "" }

// allowed says which paths the webhook configurations may name; nil for the fixed ones.
func (f *pathFlags) allowed() func(fixed, path string) bool {
	if !f.used() {
		return nil
	}
	return paths.Secret
}

func (f *pathFlags) config(api *apiServer, log logr.Logger) paths.Config {
	return paths.Config{Client: api.dynamic, Namespace: api.namespace, Secret: f.secret, Registration: api.registration, Watching: api.watching, Now: time.Now, Log: log}
}

// openKeeper prepares what writes the paths; nil with fixed paths.
func (f *pathFlags) openKeeper(api *apiServer, log logr.Logger) (runner, error) {
	if !f.used() {
		return nil, nil //nolint:nilnil // nothing to run
	}
	keeper, err := paths.NewKeeper(paths.KeeperConfig{Config: f.config(api, log), Lifetime: f.lifetime, Random: rand.Reader})
	if err != nil {
		return nil, fmt.Errorf("--path-secret: %w", err)
	}
	return keeper, nil
}

// open prepares what knows the paths to answer; nil with fixed paths.
func (f *pathFlags) open(api *apiServer, config *webhook.Config) (runner, error) {
	if !f.used() {
		return nil, nil //nolint:nilnil // nothing to run
	}
	accepted, err := paths.NewAccepted(f.config(api, config.Log))
	if err != nil {
		return nil, fmt.Errorf("--path-secret: %w", err)
	}
	config.PathsReady = accepted.Ready
	config.Paths = func() webhook.Paths {
		return webhook.Paths{webhook.Mutate: accepted.Of(registration.Mutating), webhook.Validate: accepted.Of(registration.Validating)}
	}
	return accepted, nil
}

// check rejects a lifetime that leaves no time to replace a token.
func (f *pathFlags) check() error {
	if f.lifetime < time.Minute {
		return errors.New("--path-lifetime must be at least 1m")
	}
	return nil
}
