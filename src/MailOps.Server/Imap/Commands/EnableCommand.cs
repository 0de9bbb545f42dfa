namespace MailOps.Server.Imap.Commands;

/// <summary>ENABLE (RFC 5161). What is not known here, or needs no ENABLE, is passed over.</summary>
internal sealed class EnableCommand : ImapCommand<IReadOnlyList<string>>
{
    public override string Name => "ENABLE";

    public override ImapStates States => ImapStates.LoggedIn;

    public override Capability? Requires => Capability.Enable;

    protected override bool TryParse(ref ImapReader reader, out IReadOnlyList<string> arguments)
    {
        var names = new List<string>();
        arguments = names;
        do
        {
            if (!reader.Space() || !reader.Atom(out var name))
                return false;
            names.Add(name);
        }
        while (!reader.End);
        return true;
    }

    protected override ValueTask<Completion> ExecuteAsync(ImapSession session, IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        var asked = Capability.Enableable
            .Where(capability => arguments.Contains(capability.Name, StringComparer.OrdinalIgnoreCase) && capability.IsOffered(session))
            .ToList();

        // RFC 5161 section 3.1: each answer names what its own command enabled.
        asked.RemoveAll(capability => session.HasNamed(capability.Enables));
        session.Replies.Enabled(asked.Select(capability => capability.Name));
        foreach (var capability in asked)
            session.EnableByName(capability.Enables);
        return new(Completion.Ok(asked.Count > 0 ? "Enabled" : "Nothing more of these can be enabled"));
    }
}
