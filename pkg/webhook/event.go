package webhook

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// ContentType is that of an Event's body (CloudEvents 1.0, JSON event format).
const ContentType = "application/cloudevents+json"

// Event is what an endpoint is told: CloudEvents 1.0, thin. Source and subject are names
// that this one endpoint alone is told: two that compare theirs learn nothing by them.
type Event struct {
	SpecVersion     string    `json:"specversion" enum:"1.0" doc:"CloudEvents 1.0."`
	ID              string    `json:"id" pattern:"^[a-z2-7]{26}$" doc:"The same at each attempt, and the header webhook-id: whoever has it already has this."`
	Source          string    `json:"source" pattern:"^urn:posada:[a-z2-7]{26}$" doc:"The node, as this endpoint alone is told of it."`
	Type            string    `json:"type" doc:"What happened."`
	Subject         string    `json:"subject,omitempty" pattern:"^[a-z2-7]{26}$" doc:"The thing it happened to, as this endpoint alone is told of it: of one subject events come in order."`
	Time            time.Time `json:"time" doc:"When, to the second."`
	DataContentType string    `json:"datacontenttype" enum:"application/json"`
	Data            Data      `json:"data"`
}

// Data is where to ask the node what it is about. Whoever asks shows a token, and is shown
// what the policy lets its owner see.
type Data struct {
	Fetch string `json:"fetch" doc:"A path of the node's API."`
}

// fetchAt is where the node says what an event is about.
const fetchAt = "/v1/webhook-events/"

// NewEvent is what is told of something of a type. The names are random or a PRF's.
func NewEvent(id posada.EventID, source, subject string, t posada.WebhookType, at time.Time) Event {
	return Event{
		SpecVersion: "1.0", ID: string(id), Source: "urn:posada:" + source, Type: TypeName(t), Subject: subject,
		Time: at.UTC().Truncate(time.Second), DataContentType: "application/json", Data: Data{Fetch: fetchAt + string(id)},
	}
}

const typePrefix, typeSuffix = "org.posada-exchange.webhook.", ".v1"

// TypeName is a type as it stands in an event.
func TypeName(t posada.WebhookType) string { return typePrefix + string(t) + typeSuffix }

// TypeOf is the type that an event's says; false: none of ours.
func TypeOf(name string) (posada.WebhookType, bool) {
	var t posada.WebhookType
	word, begins := strings.CutPrefix(name, typePrefix)
	word, ends := strings.CutSuffix(word, typeSuffix)
	known := begins && ends && t.UnmarshalText([]byte(word)) == nil
	return t, known
}

// Body is the event as it is sent and signed.
func (e Event) Body() ([]byte, error) { return json.Marshal(e) }
