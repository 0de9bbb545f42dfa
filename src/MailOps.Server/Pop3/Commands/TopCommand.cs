using MailOps.Wire;

namespace MailOps.Server.Pop3.Commands;

/// <summary>TOP (RFC 1939 section 7): the header and the first lines of the body.</summary>
internal sealed class TopCommand : Pop3Command<TopCommand.Arguments>
{
    public override string Name => "TOP";

    public override Pop3States States => Pop3States.Transaction;

    public override string Usage => "TOP message lines";

    public override string? Announce(Pop3Session session) => Name;

    /// <param name="Message">The message's number.</param>
    /// <param name="Lines">How many lines of the body.</param>
    internal readonly record struct Arguments(int Message, int Lines);

    protected override bool TryParse(ref Pop3Reader reader, out Arguments arguments)
    {
        arguments = default;
        if (!reader.Space() || !reader.Number(out var message) || !reader.Space() || !reader.Number(out var lines))
            return false;

        arguments = new Arguments(message, lines);
        return true;
    }

    protected override async ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, Arguments arguments, CancellationToken cancel)
    {
        if (session.Maildrop.Find(arguments.Message) is not { } message)
            return Pop3Reply.NoSuchMessage;

        await using var content = await session.Maildrop.OpenAsync(message, cancel);
        if (content is null)
            return Pop3Reply.Err("The message was removed by another program");

        session.Write(Pop3Reply.Ok("Top of the message follows"));
        await session.Connection.Output.WriteDotStuffedAsync(content, arguments.Lines, session.ExpectProgress, cancel);
        return Pop3Reply.Silent;
    }
}
