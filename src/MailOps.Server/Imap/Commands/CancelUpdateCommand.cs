namespace MailOps.Server.Imap.Commands;

/// <summary>CANCELUPDATE (RFC 5267 section 4.3.5): searches, named by their tags, are told of no more. All of them, or none.</summary>
internal sealed class CancelUpdateCommand : ImapCommand<IReadOnlyList<string>>
{
    // More than can go on at once.
    private const int MostTags = 100;

    public override string Name => "CANCELUPDATE";

    public override ImapStates States => ImapStates.Selected;

    public override Capability? Requires => Capability.ContextSearch;

    protected override bool TryParse(ref ImapReader reader, out IReadOnlyList<string> arguments)
    {
        var tags = new List<string>(1);
        arguments = tags;
        do
        {
            if (tags.Count == MostTags || !reader.Space() || !reader.Sees('"') || !reader.String(out var tag))
                return false;
            tags.Add(tag);
        }
        while (!reader.End);
        return true;
    }

    protected override ValueTask<Completion> ExecuteAsync(ImapSession session, IReadOnlyList<string> arguments, CancellationToken cancel) =>
        new(session.Updates.Cancel(arguments) is { } unknown
            ? Completion.No($"No search with the tag {Shown(unknown)} is told of in this mailbox: nothing is cancelled")
            : Completion.Ok("Told of no more"));

    // A tag may be quoted in words of our own, where it is one.
    private static string Shown(string tag) => tag.Length <= 60 && tag.All(c => c is > ' ' and < '\x7f' and not '"' and not '\\') ? $"\"{tag}\"" : "given";
}
