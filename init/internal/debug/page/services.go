package status

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/pkg/errors"
)

// Service is what became of a service. The main program is one, "app".
type Service struct {
	Name string `json:"name"`
	Kind string `json:"kind"` // "simple", "oneshot" or "timer"
	// Phase is what the service does: "running", "ended", "failed", "stopped", or a
	// phrase that says what it waits for.
	Phase string `json:"phase"`
	Program
}

// Services is the path of the list of services, as JSON. Below it are the orders that
// [LocalHandler] takes.
const Services = Path + "/services"

// Control starts and stops services.
type Control interface {
	StartProgram(name string) error
	StopProgram(name, cause string) error
}

// LocalHandler serves the page and takes orders, as in POST /debug/machine/services/web/restart.
// It is for those who may do everything.
func LocalHandler(s Source, c Control) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", Handler(s))
	mux.HandleFunc("POST "+Services+"/{name}/{order}", func(w http.ResponseWriter, r *http.Request) {
		if err := obey(c, r.PathValue("name"), r.PathValue("order")); err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
		}
	})
	return mux
}

func obey(c Control, name, order string) error {
	const cause = "asked by SSH"
	switch order {
	case "start":
		return c.StartProgram(name)
	case "stop":
		return c.StopProgram(name, cause)
	case "restart":
		if err := c.StopProgram(name, cause); err != nil {
			return err
		}
		return c.StartProgram(name)
	}
	return errors.Errorf("there is no order %q", order)
}

func showServices(w http.ResponseWriter, s Source) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s.Services())
}

// Of returns the lines that a service wrote, or that the machine wrote about it.
func Of(lines []string, service string) []string {
	var all []string
	for _, line := range lines {
		_, text, _ := strings.Cut(line, " ") // after the time: "web.info: listening"
		source, said, _ := strings.Cut(text, ": ")
		if strings.HasPrefix(source, service+".") || strings.HasPrefix(source, "machine.") && strings.HasPrefix(said, "machine: "+service+": ") {
			all = append(all, line)
		}
	}
	return all
}
