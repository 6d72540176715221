package freetext

import "strings"

const mostOfName = 6 // words of one person's name

// people finds names of people: behind a title or a word that a name follows, given names
// and surnames that are nothing else in either language, and words with a capital where
// no sentence begins that are nothing known. What is a name and an ordinary word, too
// (Rosa, May, Cruz), counts beside another name, behind such words, and where it does
// what people do: Rosa said.
func people(t plain) (list []span) {
	for i := 0; i < len(t.words); {
		from, n, why := t.personAt(i)
		if n == 0 {
			i++
			continue
		}
		list = append(list, span{Person, why, t.words[from].start, t.words[from+n-1].end})
		i = from + n
	}
	return list
}

// personAt is where a name begins that is told at a word, and of how many words it is.
func (t plain) personAt(i int) (from, n int, why Reason) {
	w := t.words[i]
	if title(w.low) && t.beside(i+1) {
		if n := t.nameFrom(i+1, true); n > 0 {
			return i, n + 1, NameTitled
		}
	}
	if from := t.announced(i); from > 0 {
		if n := t.nameFrom(from, true); n > 0 {
			return from, n, NameSaid
		}
	}
	if n := t.nameFrom(i, false); n > 0 && !t.elsewhere(i, i+n) {
		if lexicon().has(w.low, surname) {
			return i, n, NameSur
		}
		return i, n, NameGiven
	}
	if n := t.capitals(i); n > 0 && !t.elsewhere(i, i+n) {
		return i, n, NameCapital
	}
	return 0, 0, ""
}

// nameFrom is of how many words the name is that begins at a word; 0: none does. Where a
// name is said to follow, a capital is enough, of what is not known to be something else.
func (t plain) nameFrom(i int, said bool) int {
	w, known := t.words[i], lexicon()
	switch {
	case w.figures || len(w.low) < 2:
		return 0
	case known.has(w.low, given|surname) && !known.has(w.low, inProse):
	case !w.capital:
		return 0
	case said && !known.has(w.low, never):
	case known.has(w.low, given|surname) && !t.begins(i):
	case known.has(w.low, given|givenToo) && (t.surnameAt(i+1) || t.does(i+1) && !known.has(w.low, never)):
	case !known.has(w.low, never|inProse) && t.sureSurnameAt(i+1): // whoever has an uncommon given name
	default:
		return 0
	}
	n := 1
	for n < mostOfName && t.beside(i+n) {
		more := t.goesOn(i + n)
		if more == 0 {
			break
		}
		n += more
	}
	return n
}

// capitals is how many words with a capital stand together that are nothing known, where
// no sentence begins. A name that is rare here is found by nothing else.
func (t plain) capitals(i int) (n int) {
	for n < mostOfName && i+n < len(t.words) && (n == 0 || t.beside(i+n)) {
		w := t.words[i+n]
		if !w.capital || len(w.low) < 3 && n == 0 || lexicon()[w.low] != 0 || shelterWord(w.low) || n == 0 && t.begins(i) {
			break
		}
		n++
	}
	return n
}

// begins reports whether a sentence begins at a word, or a line: a capital says nothing
// there.
func (t plain) begins(i int) bool {
	return i == 0 || strings.ContainsAny(t.text[t.words[i-1].end:t.words[i].start], ".!?:;*\n\"")
}

// does reports whether a word is something that people do.
func (t plain) does(i int) bool {
	if !t.beside(i) {
		return false
	}
	switch t.words[i].low {
	case "told", "tells", "said", "says", "called", "calls", "asked", "asks", "left", "came", "comes", "needs", "wants", "knows", "thinks", "cannot", "arrived", "stays", "sleeps", "speaks",
		"dijo", "dice", "llamo", "llama", "pidio", "pide", "quiere", "necesita", "salio", "llego", "vino", "viene", "teme", "cree", "sabe", "duerme", "habla", "nos", "me", "le":
		return true
	}
	return false
}

// goesOn is how many words more of a name there are at a word.
func (t plain) goesOn(i int) int {
	at, known := i, lexicon()
	for at < len(t.words) && at-i < 2 && joins(t.words[at].low) && t.beside(at+1) { // de la
		at++
	}
	if at >= len(t.words) {
		return 0
	}
	w := t.words[at]
	switch {
	case w.figures || joins(w.low) || known.has(w.low, never):
		return 0
	case w.capital && (at == i || !strings.HasPrefix(t.words[i].low, "y") && t.words[i].low != "and"):
		return at - i + 1
	case at == i && known.has(w.low, surname|given):
		return 1
	}
	return 0
}

// surnameAt reports whether a surname stands at a word, right behind the one before it.
func (t plain) surnameAt(i int) bool {
	for j := i; j < i+3 && t.beside(j); j++ {
		w := t.words[j]
		if w.capital && lexicon().has(w.low, surname|surnameToo) {
			return true
		}
		if !joins(w.low) {
			return false
		}
	}
	return false
}

// sureSurnameAt reports whether a word is a surname and nothing else.
func (t plain) sureSurnameAt(i int) bool {
	return t.beside(i) && t.words[i].capital && lexicon().has(t.words[i].low, surname)
}

// elsewhere reports whether what looks like a name is what a place or a house is called.
func (t plain) elsewhere(i, end int) bool {
	known := lexicon()
	if i > 0 && t.beside(i) && known.has(t.words[i-1].low, before) {
		return true
	}
	if i > 1 && t.beside(i) && t.beside(i-1) && joins(t.words[i-1].low) && t.words[i-1].low != "de" && known.has(t.words[i-2].low, before) {
		return true
	}
	return end < len(t.words) && t.beside(end) && t.text[t.words[end].start-1] == ' ' && known.has(t.words[end].low, behind)
}

// title is a word that stands before a name.
func title(low string) bool {
	switch low {
	case "mr", "mrs", "ms", "miss", "mister", "dr", "dra", "doctor", "doctora", "prof", "professor", "profesor", "profesora", "sr", "sra", "srta", "senor", "senora", "senorita",
		"don", "dona", "lic", "licda", "ing", "sor", "fray", "hermana", "padre", "pastor", "reverend", "rev", "sister", "father", "officer", "oficial", "agent", "agente", "detective", "comandante", "sgt", "sargento", "judge", "juez", "jueza", "attorney", "abogado", "abogada", "nurse", "enfermera", "tia", "tio", "aunt", "uncle", "abuela", "abuelo", "grandma", "grandpa", "primo", "prima":
		return true
	}
	return false
}

// announced is the word at which a name begins that words ending at a word announce; 0:
// they announce none.
func (t plain) announced(i int) int {
	j := i + 1
	if j >= len(t.words) {
		return 0
	}
	gap := t.text[t.words[i].end:t.words[j].start]
	near := t.beside(j) || gap == ": " || gap == ":" || gap == ", " || gap == " ("
	if near && lexicon().has(t.words[i].low, announces) && !(gap == ", " && !lexicon().has(t.words[i].low, kin)) {
		return j
	}
	if i == 0 || !near || gap == ", " {
		return 0
	}
	switch two := t.words[i-1].low + " " + t.words[i].low; two {
	case "is called", "was called", "are called", "se llama", "se llaman", "me llamo", "le dicen", "le dice", "name is", "names are", "nombre es", "nombres son", "known as", "goes by", "ask for", "asked for", "asks for", "pregunte por", "preguntar por", "pregunta por",
		"dile a", "digale a", "avise a", "avisar a", "talk to", "talked to", "spoke to", "speak to", "spoke with", "speak with", "hable con", "hablo con", "hablar con", "pareja de", "hija de", "hijo de", "esposa de", "esposo de", "mama de", "papa de", "signed by", "firmado por", "parte de":
		return j
	}
	return 0
}
