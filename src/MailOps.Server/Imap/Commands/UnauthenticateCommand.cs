namespace MailOps.Server.Imap.Commands;

/// <summary>UNAUTHENTICATE (RFC 8437): another account on the same connection.</summary>
internal sealed class UnauthenticateCommand : PlainCommand
{
    public override string Name => "UNAUTHENTICATE";

    public override ImapStates States => ImapStates.LoggedIn;

    public override Capability? Requires => Capability.Unauthenticate;

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, CancellationToken cancel)
    {
        await session.LogOutAsync();
        return Completion.Ok("Nobody is logged in");
    }
}
