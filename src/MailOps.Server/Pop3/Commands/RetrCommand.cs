using MailOps.Wire;

namespace MailOps.Server.Pop3.Commands;

/// <summary>RETR (RFC 1939 section 5): a whole message.</summary>
internal sealed class RetrCommand : Pop3Command<int>
{
    public override string Name => "RETR";

    public override Pop3States States => Pop3States.Transaction;

    public override string Usage => "RETR message";

    protected override bool TryParse(ref Pop3Reader reader, out int arguments)
    {
        arguments = 0;
        return reader.Space() && reader.Number(out arguments);
    }

    protected override async ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, int arguments, CancellationToken cancel)
    {
        if (session.Maildrop.Find(arguments) is not { } message)
            return Pop3Reply.NoSuchMessage;

        await using var content = await session.Maildrop.OpenAsync(message, cancel);
        if (content is null)
            return Pop3Reply.Err("The message was removed by another program");

        session.Maildrop.WasRetrieved(arguments);
        session.Write(Pop3Reply.Ok($"{message.Size} octets"));
        await session.Connection.Output.WriteDotStuffedAsync(content, bodyLines: null, session.ExpectProgress, cancel);
        session.Connection.CountMessage();
        return Pop3Reply.Silent;
    }
}
