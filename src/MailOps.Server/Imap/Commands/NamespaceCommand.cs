namespace MailOps.Server.Imap.Commands;

/// <summary>NAMESPACE (RFC 2342): one's own mailboxes, those that others share, and public ones.</summary>
internal sealed class NamespaceCommand : PlainCommand
{
    public override string Name => "NAMESPACE";

    public override ImapStates States => ImapStates.LoggedIn;

    public override Capability? Requires => Capability.Namespace;

    protected override ValueTask<Completion> ExecuteAsync(ImapSession session, CancellationToken cancel)
    {
        var others = session.Account.Namespaces;
        session.Replies.Ascii($"* NAMESPACE {Told("")} {Told(others.Others)} {Told(others.Public)}\r\n");
        return new(Completion.Ok("Namespaces listed"));

        static string Told(string? prefix) => prefix is null ? "NIL" : $"((\"{prefix}\" \"/\"))";
    }
}
