using System.Globalization;

namespace MailOps.Server.Pop3.Commands;

/// <summary>CAPA (RFC 2449 section 5): what the server can do in this state, from the table.</summary>
internal sealed class CapaCommand : SimplePop3Command
{
    public override string Name => "CAPA";

    public override Pop3States States => Pop3States.Any;

    protected override ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, CancellationToken cancel)
    {
        session.Write(Pop3Reply.Ok("Capability list follows"));
        foreach (var line in Pop3Protocol.Commands.Select(command => command.Announce(session)).OfType<string>().Concat(Pop3Protocol.Capabilities))
            session.WriteLine(line);
        if (session.Options.Rules.LoginDelay > TimeSpan.Zero)
            session.WriteLine(string.Create(CultureInfo.InvariantCulture, $"LOGIN-DELAY {Math.Ceiling(session.Options.Rules.LoginDelay.TotalSeconds):0}"));
        session.WriteLine(".");
        return ValueTask.FromResult(Pop3Reply.Silent);
    }
}
