namespace MailOps.Server.Imap.Commands;

/// <summary>NAMESPACE (RFC 2342): one personal namespace, none of others and none shared.</summary>
internal sealed class NamespaceCommand : PlainCommand
{
    public override string Name => "NAMESPACE";

    public override ImapStates States => ImapStates.LoggedIn;

    public override Capability? Requires => Capability.Namespace;

    protected override ValueTask<Completion> ExecuteAsync(ImapSession session, CancellationToken cancel)
    {
        session.Replies.Raw("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n"u8);
        return new(Completion.Ok("Namespaces listed"));
    }
}
