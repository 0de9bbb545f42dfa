namespace MailOps.Server.Pop3.Commands;

/// <summary>USER (RFC 1939 section 7): names the account. Refused where a password may not cross the connection in the clear.</summary>
internal sealed class UserCommand : Pop3Command<string>
{
    public override string Name => "USER";

    public override Pop3States States => Pop3States.Authorization;

    public override string Usage => "USER name";

    public override string? Announce(Pop3Session session) => session.Authentication.MayUsePlaintext(session.Connection) ? Name : null;

    protected override bool TryParse(ref Pop3Reader reader, out string arguments)
    {
        arguments = "";
        return reader.Space() && reader.Text(out arguments);
    }

    protected override ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, string arguments, CancellationToken cancel)
    {
        if (!session.Authentication.MayUsePlaintext(session.Connection))
            return ValueTask.FromResult(Pop3Reply.Err("[AUTH] Plaintext login is refused without TLS; use STLS first"));

        // The same answer for every name: who has an account is not told.
        session.UserName = arguments.Trim();
        return ValueTask.FromResult(Pop3Reply.Ok("Send PASS"));
    }
}
