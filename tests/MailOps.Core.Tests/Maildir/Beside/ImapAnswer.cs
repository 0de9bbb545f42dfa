namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>What a server answered to one command.</summary>
/// <param name="Status">OK, NO or BAD.</param>
/// <param name="Text">What follows it.</param>
/// <param name="Untagged">The untagged responses: atoms, strings and literals as strings of octets, lists as lists.</param>
/// <param name="Told">The text of untagged OK, NO and BYE.</param>
internal sealed record ImapAnswer(string Status, string Text, IReadOnlyList<IReadOnlyList<object>> Untagged, IReadOnlyList<string> Told)
{
    /// <summary>The responses of one kind: <c>LIST</c>, or <c>FETCH</c> behind its number.</summary>
    internal IEnumerable<IReadOnlyList<object>> Of(string kind) =>
        Untagged.Where(one => one.Count > 1 && (Is(one[0], kind) || Is(one[1], kind)));

    private static bool Is(object token, string kind) => token is string text && text.Equals(kind, StringComparison.OrdinalIgnoreCase);
}
