// The five expressions of cases.json in cel-go with Kubernetes' environment, as the API server evaluates them: compiled
// once, cost tracked and limited, the object as it was decoded. Prints "name nanoseconds answer" for each.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/interpreter"

	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

type activation struct{ object any }

func (a *activation) ResolveName(name string) (any, bool) {
	if name == "object" {
		return a.object, true
	}
	return nil, false
}

func (a *activation) Parent() interpreter.Activation { return nil }

type cases struct {
	Object      map[string]any `json:"object"`
	Expressions []struct {
		Name       string `json:"name"`
		Expression string `json:"expression"`
	} `json:"expressions"`
}

// whole makes integers of whole numbers, as Kubernetes' decoder does.
func whole(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			v[key] = whole(value)
		}
	case []any:
		for i, value := range v {
			v[i] = whole(value)
		}
	case float64:
		if v == float64(int64(v)) {
			return int64(v)
		}
	}
	return v
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func nanoseconds(program cel.Program, vars interpreter.Activation) float64 {
	best := 0.0
	for round := 0; round < 5; round++ {
		for count := 1000; ; count *= 4 {
			start := time.Now()
			for i := 0; i < count; i++ {
				if _, _, err := program.ContextEval(context.Background(), vars); err != nil {
					must(0, err)
				}
			}
			if took := time.Since(start); took > 100*time.Millisecond {
				if each := float64(took.Nanoseconds()) / float64(count); best == 0 || each < best {
					best = each
				}
				break
			}
		}
	}
	return best
}

func main() {
	var in cases
	if err := json.Unmarshal(must(os.ReadFile(os.Args[1])), &in); err != nil {
		must(0, err)
	}
	vars := &activation{whole(in.Object)}
	set := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion())
	set = must(set.Extend(environment.VersionedOptions{
		IntroducedVersion: environment.DefaultCompatibilityVersion(),
		EnvOptions:        []cel.EnvOption{cel.Variable("object", cel.DynType)},
	}))
	env := set.StoredExpressionsEnv()
	for _, one := range in.Expressions {
		ast, issues := env.Compile(one.Expression)
		must(0, issues.Err())
		program := must(env.Program(ast, cel.InterruptCheckFrequency(celconfig.CheckFrequency)))
		answer, _, err := program.ContextEval(context.Background(), vars)
		must(0, err)
		fmt.Printf("%s %.1f %v\n", one.Name, nanoseconds(program, vars), answer)
	}
}
