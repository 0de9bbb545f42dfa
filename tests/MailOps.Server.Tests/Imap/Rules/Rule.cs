namespace MailOps.Server.Tests.Imap.Rules;

/// <summary>One rule of RFC 9051 or RFC 3501, and a dialogue that a server which breaks it cannot hold.</summary>
/// <param name="Section">The RFC and its section, such as <c>9051 6.3.2</c>.</param>
/// <param name="Text">The rule, in one sentence.</param>
/// <param name="Given">What the dialogue begins with.</param>
/// <param name="Dialogue">
/// Its lines. <c>C: </c> is sent, and <c>C: (TLS)</c> begins TLS; the answers up to the tagged one, or up to a continuation request, are then held against
/// the lines that follow: <c>S: </c> must come, after the one before; <c>U: </c> must come, anywhere; <c>N: </c> must not come. <c>W: </c> is waited for,
/// without a command. <c>2: </c> is a command of another client, which must be answered OK, and <c>O: </c> must come among what that client is told.
/// <c>T: </c> lets minutes pass.
/// <c>…</c> stands for any text, <c>‹name›</c> for a word that is remembered where it first comes (<c>"‹name›"</c> for all of a quoted string), and
/// <c>(closed)</c> for the end of the connection. Before any <c>C: </c> stands the greeting.
/// </param>
internal sealed record Rule(string Section, string Text, Given Given, params string[] Dialogue)
{
    public string Title => $"{Section}: {Text}";
}
