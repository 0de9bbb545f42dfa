using MailOps.Sasl;

namespace MailOps.Server.Pop3.Commands;

/// <summary>APOP (RFC 1939 section 7): a login by MD5 of the greeting's timestamp and the password. Only where the greeting has one.</summary>
internal sealed class ApopCommand : Pop3Command<ApopCommand.Arguments>
{
    public override string Name => "APOP";

    public override Pop3States States => Pop3States.Authorization;

    public override string Usage => "APOP name digest";

    /// <param name="User">The account's name.</param>
    /// <param name="Digest">The digest, 16 octets.</param>
    internal readonly record struct Arguments(string User, byte[] Digest);

    protected override bool TryParse(ref Pop3Reader reader, out Arguments arguments)
    {
        arguments = default;
        if (!reader.Space() || !reader.Word(out var user) || !reader.Space() || !reader.Word(out var hex) || hex.Length != 32 || !hex.All(char.IsAsciiHexDigit))
            return false;

        arguments = new Arguments(user, Convert.FromHexString(hex));
        return true;
    }

    protected override async ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, Arguments arguments, CancellationToken cancel)
    {
        if (session.Timestamp is not { } timestamp)
            return Pop3Reply.Err("APOP is not available here; CAPA lists what is");

        session.UserName = null;
        return await session.ConcludeAsync(await session.Authentication.ApopAsync(arguments.User, timestamp, arguments.Digest, session.Connection), cancel);
    }
}
