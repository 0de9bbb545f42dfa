using System.Buffers;
using MailOps.Server.Connections;
using MailOps.Wire;

namespace MailOps.Server.Pop3;

/// <summary>One command of POP3.</summary>
internal abstract class Pop3Command : LineCommand<Pop3Session, Pop3Reply>
{
    /// <summary>Where the command is legal.</summary>
    public abstract Pop3States States { get; }

    public sealed override bool IsLegal(Pop3Session session) => States.HasFlag(session.State);
}

/// <summary>A command with arguments of a type of its own.</summary>
internal abstract class Pop3Command<TArguments> : Pop3Command
{
    public sealed override ValueTask<Pop3Reply> RunAsync(Pop3Session session, WireLine line, int verbLength)
    {
        var rest = line.Content.Slice(verbLength);
        var reader = new Pop3Reader(rest.IsSingleSegment ? rest.FirstSpan : rest.ToArray());
        var parsed = TryParse(ref reader, out var arguments) && reader.OptionalSpace() && reader.AtEnd;
        session.Connection.Input.AdvanceTo(line.Next);
        return parsed
            ? ExecuteAsync(session, arguments, session.Connection.Aborted)
            : ValueTask.FromResult(Pop3Reply.Err($"Syntax: {Usage}"));
    }

    protected abstract bool TryParse(ref Pop3Reader reader, out TArguments arguments);

    protected abstract ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, TArguments arguments, CancellationToken cancel);
}

/// <summary>A command without arguments.</summary>
internal abstract class SimplePop3Command : Pop3Command<NoArguments>
{
    protected sealed override bool TryParse(ref Pop3Reader reader, out NoArguments arguments)
    {
        arguments = default;
        return true;
    }

    protected sealed override ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, NoArguments arguments, CancellationToken cancel) =>
        ExecuteAsync(session, cancel);

    protected abstract ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, CancellationToken cancel);
}

/// <summary>The arguments of a command that has none.</summary>
internal readonly record struct NoArguments;
