namespace MailOps.Server.Tests.Imap.Rules;

/// <summary>RFC 9051 section 6.4.4: SEARCH, its keys, its result options and the result variable.</summary>
internal static class Section644Rules
{
    private const string First = "Date: Wed, 7 Feb 2024 21:52:25 -0800\nFrom: Fred Foobar <fred@example.com>\nTo: Joe <joe@example.org>\nCc: carol@example.net\nBcc: blind@example.net\nSubject: Afternoon meeting\nX-Extra: one\n\nHello Joe\n";
    private const string Second = "Date: Fri, 9 Feb 2024 01:00:00 +0900\nFrom: smith@example.com\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\nX-Extra: two\n\nR3LDvMOfZSBhdXMgS8O2bG4=\n";
    private const string Third = "Subject: z\n\n";
    private static readonly Given Mails = Given.Selected(First, Second, Third);

    public static IReadOnlyList<Rule> Rows { get; } =
    [
        new("9051 6.4.4", "SEARCH needs a key, and one that is known.", Mails, "C: a SEARCH", "S: a BAD …", "C: b SEARCH FROB", "S: b BAD …", "C: c SEARCH ()", "S: c BAD …", "C: d SEARCH NOT", "S: d BAD …", "C: e SEARCH OR ALL", "S: e BAD …", "C: f SEARCH SUBJECT", "S: f BAD …"),
        new("9051 6.4.4", "Several keys must all match.", Mails, "C: a SEARCH FROM example SUBJECT meeting", "S: * SEARCH 1", "S: a OK …"),
        new("9051 6.4.4", "A list of keys in parentheses is a key.", Mails, "C: a SEARCH NOT (FROM example SUBJECT meeting)", "S: * SEARCH 2 3", "S: a OK …"),
        Key("A sequence set finds the messages with these sequence numbers.", "1,3:*", "1 3"),
        Key("ALL finds every message.", "ALL", "1 2 3"),
        Key("BCC finds a text in the Bcc field.", "BCC blind", "1"),
        Key("BODY finds a text in the body, and not in the header.", "OR BODY hello BODY fred", "1"),
        Key("A text is looked for in what its transfer encoding stands for.", "BODY \"aus K\"", "2"),
        Key("CC finds a text in the Cc field.", "CC CAROL@", "1"),
        Key("FROM finds a text in the From field.", "FROM foobar", "1"),
        Key("TO finds a text in the To field.", "TO example.org", "1"),
        Key("SUBJECT finds a text in the subject.", "SUBJECT noon", "1"),
        Key("A text is looked for in what the encoded words of a field stand for.", "SUBJECT Gr", "2"),
        Key("A text is found in any case of its ASCII letters.", "SUBJECT AFTERNOON", "1"),
        Key("HEADER finds a text in the field that it names.", "HEADER x-extra TWO", "2"),
        Key("HEADER with an empty text finds the messages that have the field.", "HEADER X-Extra \"\"", "1 2"),
        Key("HEADER finds a part of what the field says, and nothing in other fields.", "HEADER X-Extra meeting", ""),
        Key("TEXT finds a text in the header and in the body.", "OR TEXT \"X-Extra: one\" TEXT \"aus K\"", "1 2"),
        Key("LARGER finds what has more octets than that.", "LARGER 14", "1 2"),
        Key("SMALLER finds what has fewer octets than that.", "OR SMALLER 14 SMALLER 15", "3"),
        Key("NOT finds what the key does not.", "NOT SUBJECT z", "1 2"),
        Key("OR finds what either key does.", "OR SUBJECT z FROM fred", "1 3"),
        Key("SENTON finds by the day of the Date field, without time and zone.", "SENTON 7-Feb-2024", "1"),
        Key("SENTBEFORE finds what has an earlier day in its Date field.", "SENTBEFORE 9-Feb-2024", "1"),
        Key("SENTSINCE finds what has that day or a later one in its Date field.", "SENTSINCE 9-Feb-2024", "2"),
        Key("UID finds the messages with these UIDs, and passes over what is not there.", "UID 2,500:600", "2"),
        new("9051 6.4.4", "BEFORE, ON and SINCE find by the day of the internal date, without the time.", Given.Selected(0), "C: a APPEND INBOX \"03-Feb-2024 23:59:59 +0000\" {3+}\r\na:b", "C: b APPEND INBOX \"04-Feb-2024 00:00:00 +0000\" {3+}\r\na:b", "C: c APPEND INBOX \"05-Feb-2024 12:00:00 +0000\" {3+}\r\na:b", "C: d SEARCH BEFORE 4-Feb-2024", "S: * SEARCH 1", "C: e SEARCH ON 4-Feb-2024", "S: * SEARCH 2", "C: f SEARCH SINCE 4-Feb-2024", "S: * SEARCH 2 3"),
        Flag("ANSWERED", "\\Answered"),
        Flag("DELETED", "\\Deleted"),
        Flag("DRAFT", "\\Draft"),
        Flag("FLAGGED", "\\Flagged"),
        Flag("SEEN", "\\Seen"),
        new("9051 6.4.4", "KEYWORD finds what has the keyword, in any case, and UNKEYWORD the others.", Mails, "C: a STORE 2 FLAGS ($Forwarded)", "C: b SEARCH KEYWORD $forwarded", "S: * SEARCH 2", "C: c SEARCH UNKEYWORD $Forwarded", "S: * SEARCH 1 3", "C: d SEARCH KEYWORD $Never", "S: * SEARCH", "S: d OK …"),
        new("9051 6.4.4", "KEYWORD takes no system flag.", Mails, "C: a SEARCH KEYWORD \\Seen", "S: a BAD …"),
        new("9051 6.4.4", "SEARCH sets no flags.", Mails, "C: a SEARCH BODY hello", "N: …FETCH…", "C: b FETCH 1:3 FLAGS", "N: …\\Seen…", "S: b OK …"),
        new("9051 6.4.4", "A message number beyond the mailbox is no error in a search, and finds nothing.", Mails, "C: a SEARCH 3:9", "S: * SEARCH 3", "S: a OK …", "C: b SEARCH 9", "S: * SEARCH", "S: b OK …"),
        new("9051 6.4.4", "A text may be in UTF-8, said so by CHARSET.", Mails, "C: a SEARCH CHARSET UTF-8 SUBJECT {7}", "S: + …", "C: GR\u00c3\u009c\u00c3\u009fE", "S: * SEARCH 2", "S: a OK …"),
        new("9051 6.4.4", "CHARSET takes US-ASCII.", Mails, "C: a SEARCH CHARSET US-ASCII SUBJECT meeting", "S: * SEARCH 1", "S: a OK …"),
        new("9051 6.4.4", "Another charset is NO [BADCHARSET], with the names of those that are known.", Mails, "C: a SEARCH CHARSET KOI8-R SUBJECT x", "S: a NO [BADCHARSET (US-ASCII UTF-8)] …", "N: * SEARCH…"),
        new("9051 6.4.4", "IMAP4rev2 takes a text for UTF-8 without CHARSET.", Mails.Rev2(), "C: a SEARCH SUBJECT \"gr\u00c3\u00bc\"", "S: * ESEARCH (TAG \"a\") ALL 2", "S: a OK …"),
        new("9051 6.4.4", "IMAP4rev2 answers with ESEARCH, and with ALL where nothing was asked for.", Mails.Rev2(), "C: a SEARCH ALL", "S: * ESEARCH (TAG \"a\") ALL 1:3", "N: * SEARCH…", "C: b UID SEARCH ALL", "S: * ESEARCH (TAG \"b\") UID ALL 1:3"),
        new("9051 6.4.4", "ESEARCH comes where nothing was found, without ALL.", Mails.Rev2(), "C: a SEARCH TEXT \"string not in mailbox\"", "S: * ESEARCH (TAG \"a\")", "S: a OK …"),
        new("3501 6.4.4", "IMAP4rev1 answers with SEARCH, and with no number where nothing was found.", Mails, "C: a SEARCH ALL", "S: * SEARCH 1 2 3", "C: b SEARCH SUBJECT nowhere", "S: * SEARCH", "S: b OK …"),
        new("3501 6.4.4", "RECENT finds what is \\Recent, OLD the others, and NEW what is \\Recent and not \\Seen.", Given.Selected(1), "C: a APPEND INBOX {3+}\r\na:b", "C: b APPEND INBOX (\\Seen) {3+}\r\na:b", "C: c SEARCH RECENT", "S: * SEARCH 2 3", "C: d SEARCH OLD", "S: * SEARCH 1", "C: e SEARCH NEW", "S: * SEARCH 2"),

        Return("MIN tells the lowest number.", "MIN", "UNDELETED", " MIN 1"),
        Return("MAX tells the highest number.", "MAX", "NOT 3", " MAX 2"),
        Return("ALL tells all numbers, and none that was not found.", "ALL", "NOT 2", " ALL 1,3"),
        Return("COUNT tells how many there are.", "COUNT", "NOT 2", " COUNT 2"),
        Return("() is ALL.", "", "NOT 3", " ALL 1:2"),
        Return("Options stand in any order, and one ESEARCH answers all.", "COUNT MAX ALL MIN", "ALL", " MIN 1 MAX 3 ALL 1:3 COUNT 3"),
        Return("Where nothing is found MIN, MAX and ALL are left out, and COUNT is 0.", "MIN MAX ALL COUNT", "SUBJECT nowhere", " COUNT 0"),
        new("9051 6.4.4", "A result option that is not known is BAD.", Mails, "C: a SEARCH RETURN (FROB) ALL", "S: a BAD …", "N: * ESEARCH…"),
        new("9051 6.4.4", "UID SEARCH gives UIDs for MIN, MAX and ALL.", Mails, "C: a STORE 1 +FLAGS.SILENT (\\Deleted)", "C: b EXPUNGE", "C: c UID SEARCH RETURN (MIN MAX ALL) ALL", "S: * ESEARCH (TAG \"c\") UID MIN 2 MAX 3 ALL 2:3", "C: d SEARCH RETURN (MIN MAX ALL) ALL", "S: * ESEARCH (TAG \"d\") MIN 1 MAX 2 ALL 1:2"),
        new("9051 6.4.4", "SAVE alone tells no ESEARCH.", Mails, "C: a SEARCH RETURN (SAVE) ALL", "N: * ESEARCH…", "N: * SEARCH…", "S: a OK …"),

        new("9051 6.4.4.1", "SELECT and EXAMINE empty the result variable.", Mails, "C: a SEARCH RETURN (SAVE) ALL", "C: b SELECT INBOX", "C: c FETCH $ UID", "N: …FETCH (…", "S: c OK …"),
        new("9051 6.4.4.1", "The variable is what the last search with SAVE found, and that may be nothing.", Mails, "C: a SEARCH RETURN (SAVE) NOT 2", "C: b FETCH $ UID", "S: * 1 FETCH (UID 1)", "S: * 3 FETCH (UID 3)", "N: * 2 FETCH…", "C: c SEARCH RETURN (SAVE) SUBJECT nowhere", "C: d FETCH $ UID", "N: …FETCH (…", "S: d OK …"),
        Saved("A search without SAVE does not change the variable.", "SEARCH RETURN (ALL) 3", "1,2"),
        Saved("A search that is BAD does not change the variable.", "SEARCH RETURN (SAVE FROB) ALL", "1,2"),
        Saved("A search without SAVE that is NO does not change the variable.", "SEARCH RETURN () CHARSET KOI8-R SUBJECT x", "1,2"),
        Saved("A search with SAVE that is NO empties the variable.", "SEARCH RETURN (SAVE) CHARSET KOI8-R SUBJECT x", ""),
        Saved("SAVE with MIN keeps the lowest alone.", "SEARCH RETURN (SAVE MIN) ALL", "1"),
        Saved("SAVE with MAX keeps the highest alone.", "SEARCH RETURN (SAVE MAX) ALL", "3"),
        Saved("SAVE with MIN and MAX keeps these two.", "SEARCH RETURN (MAX SAVE MIN) ALL", "1,3"),
        Saved("SAVE with ALL keeps everything.", "SEARCH RETURN (ALL SAVE MIN) ALL", "1,2,3"),
        Saved("SAVE with COUNT keeps everything.", "SEARCH RETURN (MAX SAVE MIN COUNT) ALL", "1,2,3"),
        new("9051 6.4.4.1", "SAVE does not change what MIN, MAX, ALL and COUNT tell.", Mails, "C: a SEARCH RETURN (SAVE MIN MAX ALL COUNT) ALL", "S: * ESEARCH (TAG \"a\") MIN 1 MAX 3 ALL 1:3 COUNT 3", "S: a OK …"),
        new("9051 6.4.4.1", "A message that is expunged leaves the variable, and the others keep their place in it.", Mails, "C: a SEARCH RETURN (SAVE) 1,3", "C: b STORE 1 +FLAGS.SILENT (\\Deleted)", "C: c EXPUNGE", "C: d FETCH $ UID", "S: * 2 FETCH (UID 3)", "N: * 1 FETCH…", "S: d OK …"),
        new("9051 6.4.4.1", "A message that another session expunged leaves the variable when that is told.", Mails, "C: a SEARCH RETURN (SAVE) 1,3", "2: STORE 1 +FLAGS (\\Deleted)", "2: EXPUNGE", "C: b NOOP", "S: * 1 EXPUNGE", "C: c FETCH $ UID", "S: * 2 FETCH (UID 3)", "N: * 1 FETCH…", "S: c OK …"),
        new("9051 6.4.4.1", "An empty variable is a set of no messages, for every command.", Mails, "C: a SEARCH RETURN (SAVE) SUBJECT nowhere", "C: b COPY $ INBOX", "N: …EXISTS", "S: b OK …", "C: c STORE $ +FLAGS (\\Deleted)", "N: …FETCH (…", "S: c OK …", "C: d SEARCH $", "S: * SEARCH", "C: e MOVE $ INBOX", "N: …EXPUNGE", "S: e OK …"),
        new("9051 6.4.4.1", "What SEARCH saved is UIDs for UID FETCH, and what UID SEARCH saved is numbers for FETCH.", Mails, "C: a STORE 1 +FLAGS.SILENT (\\Deleted)", "C: b EXPUNGE", "C: c SEARCH RETURN (SAVE) 2", "C: d UID FETCH $ UID", "S: * 2 FETCH (UID 3)", "N: * 1 FETCH…", "C: e UID SEARCH RETURN (SAVE) UID 2", "C: f FETCH $ UID", "S: * 1 FETCH (UID 2)", "N: * 2 FETCH…"),
        new("9051 6.4.4.2", "A search that saves and the command that uses it may be sent together.", Mails, "C: a SEARCH RETURN (SAVE) 2\r\nb FETCH $ UID", "S: a OK …", "C: c NOOP", "S: * 2 FETCH (UID 2)", "S: b OK …"),
        new("9051 6.4.4.4", "The variable may be used by another search, for numbers and for UIDs.", Mails, "C: a SEARCH RETURN (SAVE) 2:3", "C: b SEARCH $ SUBJECT z", "S: * SEARCH 3", "C: c UID SEARCH UID $ SUBJECT z", "S: * SEARCH 3", "C: d SEARCH OR $ 1", "S: * SEARCH 1 2 3"),
        new("9051 6.4.4.4", "The second of two searches that save is the one that holds.", Mails, "C: a SEARCH RETURN (SAVE) 1\r\nb SEARCH RETURN (SAVE) 2", "S: a OK …", "C: c FETCH $ UID", "S: b OK …", "S: * 2 FETCH (UID 2)", "N: * 1 FETCH…", "S: c OK …"),
    ];

    private static Rule Key(string text, string key, string found) =>
        new("9051 6.4.4", text, Mails, $"C: a SEARCH {key}", $"S: * SEARCH {found}".TrimEnd(), "S: a OK …");

    private static Rule Flag(string key, string flag) =>
        new("9051 6.4.4", $"{key} finds what is {flag}, and UN{key} the others.", Mails, $"C: a STORE 2 FLAGS ({flag})", $"C: b SEARCH {key}", "S: * SEARCH 2", $"C: c SEARCH UN{key}", "S: * SEARCH 1 3");

    private static Rule Return(string text, string options, string key, string told) =>
        new("9051 6.4.4", text, Mails, $"C: a SEARCH RETURN ({options}) {key}", $"S: * ESEARCH (TAG \"a\"){told}", "S: a OK …");

    // The variable is 1:2 before.
    private static Rule Saved(string text, string search, string kept)
    {
        var numbers = kept.Split(',', StringSplitOptions.RemoveEmptyEntries);
        return new("9051 6.4.4.1", text, Mails, [
            "C: a SEARCH RETURN (SAVE) 1:2",
            $"C: b {search}",
            "C: c FETCH $ UID",
            .. numbers.Select(number => $"S: * {number} FETCH (UID {number})"),
            .. new[] { "1", "2", "3" }.Except(numbers).Select(number => $"N: * {number} FETCH (…"),
            "S: c OK …"]);
    }
}
