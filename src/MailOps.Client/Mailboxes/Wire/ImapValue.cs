using MailOps.Client.Migration;

namespace MailOps.Client.Mailboxes.Wire;

/// <summary>A value in a response: text of an atom, number or quoted string; a list; the content of a literal; or nothing, which is NIL.</summary>
/// <param name="Text">An atom, with the brackets and what is in them (<c>BODY[]</c>), or a quoted string without its quotes.</param>
/// <param name="Items">What is in a parenthesized list.</param>
/// <param name="Content">A literal.</param>
internal sealed record ImapValue(string? Text, IReadOnlyList<ImapValue>? Items = null, MessageSpool? Content = null);
