package papers

import "github.com/posada-exchange/posada/pkg/i18n"

// Part is blocks of one kind in a row, for a page of somebody else's that shows what
// is read aloud. Its kinds are h1, h2, h3, p, item, box (a sentence to tick), sign,
// thumb and mark.
type Part struct {
	Kind  string
	Texts []string
}

// Parts is the form, part by part.
func (f Form) Parts(l i18n.Language) ([]Part, error) {
	s, err := f.sheet(l)
	return s.parts(), err
}

// Parts is what was shared, part by part.
func (s Shared) Parts(l i18n.Language) ([]Part, error) {
	sheet, err := s.sheet(l)
	return sheet.parts(), err
}

func (s sheet) parts() (list []Part) {
	for _, section := range s.sections() {
		for _, g := range section.Groups {
			list = append(list, Part(g))
		}
	}
	return list
}

// Say is a word of a vocabulary as it is said to the person: a category, a purpose, a
// service.
func Say[T ~string](l i18n.Language, family string, word T) (string, error) {
	p, err := phrasesOf(l)
	if err != nil {
		return "", err
	}
	return p.say(family, string(word)), nil
}
