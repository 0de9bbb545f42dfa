namespace MailOps.Server.Pop3.Commands;

/// <summary>LAST (RFC 1460 section 5; gone since RFC 1725): the highest number retrieved in this session.</summary>
internal sealed class LastCommand : SimplePop3Command
{
    public override string Name => "LAST";

    public override Pop3States States => Pop3States.Transaction;

    protected override ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, CancellationToken cancel) =>
        ValueTask.FromResult(Pop3Reply.Ok($"{session.Maildrop.Last}"));
}
