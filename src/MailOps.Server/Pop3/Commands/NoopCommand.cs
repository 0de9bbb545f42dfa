namespace MailOps.Server.Pop3.Commands;

/// <summary>NOOP (RFC 1939 section 5).</summary>
internal sealed class NoopCommand : SimplePop3Command
{
    public override string Name => "NOOP";

    public override Pop3States States => Pop3States.Transaction;

    protected override ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, CancellationToken cancel) =>
        ValueTask.FromResult(Pop3Reply.Ok("Still here"));
}
