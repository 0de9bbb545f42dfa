namespace MailOps.Server.Imap.Commands;

/// <summary>ID (RFC 2971). What the client says of itself is not kept; of the server it learns the name and no more.</summary>
internal sealed class IdCommand : ImapCommand<NoArguments>
{
    // RFC 2971 section 3.3.
    private const int MaxFields = 30;

    public override string Name => "ID";

    public override ImapStates States => ImapStates.Any;

    public override Capability? Requires => Capability.Id;

    protected override bool TryParse(ref ImapReader reader, out NoArguments arguments)
    {
        arguments = default;
        if (!reader.Space())
            return false;
        if (!reader.Is('('))
            return reader.IsWord("NIL");
        if (reader.Is(')'))
            return true;

        for (var fields = 0; fields < MaxFields; fields++)
        {
            if (!reader.String(out _) || !reader.Space() || !reader.NString(out _))
                return false;
            if (reader.Is(')'))
                return true;
            if (!reader.Space())
                return false;
        }

        return false;
    }

    protected override ValueTask<Completion> ExecuteAsync(ImapSession session, NoArguments arguments, CancellationToken cancel)
    {
        session.Replies.Raw("* ID (\"name\" \"MailOps\")\r\n"u8);
        return new(Completion.Ok("Named"));
    }
}
