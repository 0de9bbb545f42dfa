namespace MailOps.Server.Pop3.Commands;

/// <summary>PASS (RFC 1939 section 7): the password, and with it the maildrop.</summary>
internal sealed class PassCommand : Pop3Command<string>
{
    public override string Name => "PASS";

    public override Pop3States States => Pop3States.Authorization;

    public override string Usage => "PASS password";

    protected override bool TryParse(ref Pop3Reader reader, out string arguments)
    {
        // Exactly one space: the password may begin with another.
        arguments = "";
        return reader.OneSpace() && reader.Text(out arguments);
    }

    protected override async ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, string arguments, CancellationToken cancel)
    {
        if (session.UserName is not { } user)
            return Pop3Reply.Err("Send USER first");

        session.UserName = null;
        return await session.ConcludeAsync(await session.Authentication.LoginAsync(user, arguments, "USER", session.Connection), cancel);
    }
}
