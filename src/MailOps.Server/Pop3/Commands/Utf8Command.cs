namespace MailOps.Server.Pop3.Commands;

/// <summary>UTF8 (RFC 6856 section 2): the client reads messages in UTF-8. They are sent as they lie to those who do not say so too.</summary>
internal sealed class Utf8Command : SimplePop3Command
{
    public override string Name => "UTF8";

    // Before the login alone: it counts for names and passwords too.
    public override Pop3States States => Pop3States.Authorization;

    public override string? Announce(Pop3Session session) => "UTF8 USER";

    protected override ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, CancellationToken cancel)
    {
        session.IsUtf8 = true;
        return ValueTask.FromResult(Pop3Reply.Ok("UTF-8 from here on"));
    }
}
