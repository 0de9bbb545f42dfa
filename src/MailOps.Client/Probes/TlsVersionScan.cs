using System.Collections.Immutable;
using System.Net;
using MailOps.Client.Probes.Hello;
using MailOps.Wire;

namespace MailOps.Client.Probes;

/// <summary>Which versions a server takes: one connection and one ClientHello for each, one after the other.</summary>
internal sealed class TlsVersionScan(TlsTarget target, IPAddress address, string? serverName, TlsProbeOptions options)
{
    /// <summary>Each version with its answer, oldest first.</summary>
    public async Task<ImmutableArray<(HelloVersion Version, HelloAnswer Answer)>> RunAsync(CancellationToken cancel)
    {
        var answers = ImmutableArray.CreateBuilder<(HelloVersion, HelloAnswer)>();
        foreach (var version in Enum.GetValues<HelloVersion>())
            answers.Add((version, await AskAsync(version, cancel).ConfigureAwait(false)));
        return answers.ToImmutable();
    }

    private async Task<HelloAnswer> AskAsync(HelloVersion version, CancellationToken cancel)
    {
        await using var opened = await ProbeConnection.OpenAsync(target, address, options, cancel).ConfigureAwait(false);
        if (opened.Connection is not { } connection)
            return new HelloAnswer(HelloAnswerKind.TimedOut, opened.Stop!.Evidence);

        if (target.Tls == TlsMode.StartTls)
        {
            var outcome = await StartTlsDialogue.ReachAsync(new ProbeLines(connection, options, cancel), target.Protocol, opened.Local).ConfigureAwait(false);
            if (outcome.Stop is { } stop)
                return new HelloAnswer(HelloAnswerKind.TimedOut, $"did not get to the handshake: {stop.Message}");
        }

        using var deadline = new CancellationTokenSource(options.Timeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        return await HelloExchange.AskAsync(connection, version, serverName, either.Token, cancel).ConfigureAwait(false);
    }

    /// <summary>What an answer says about the version that was asked for.</summary>
    /// <param name="version">The version.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="speaksTls">Whether the server took any version: only then is a closed connection a refusal.</param>
    public static TlsVersionFacts Facts(HelloVersion version, HelloAnswer answer, bool speaksTls)
    {
        var hello = answer.Kind is HelloAnswerKind.ServerHello or HelloAnswerKind.HelloRetryRequest;
        bool? taken = answer.Kind switch
        {
            HelloAnswerKind.ServerHello or HelloAnswerKind.HelloRetryRequest => answer.Version == (ushort)version,
            // Alerts that speak of a mishap in the server, or of the name, say nothing about the version.
            HelloAnswerKind.Alert => answer.Alert is 80 or 112 or 49 ? null : false,
            HelloAnswerKind.Closed when speaksTls => false,
            _ => null,
        };
        return new TlsVersionFacts
        {
            Version = TlsNames.Version(version),
            Taken = taken,
            CipherSuite = taken == true ? TlsNames.CipherSuite(answer.CipherSuite ?? 0) : null,
            KeyExchangeGroup = taken == true ? answer.GroupName : null,
            Evidence = hello && taken == false ? $"{answer.Evidence}: another version than the one offered" : answer.Evidence,
        };
    }
}
