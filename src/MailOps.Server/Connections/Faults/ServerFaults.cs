using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailOps.Server.Connections.Faults;

/// <summary>The faults that are set on a server.</summary>
internal sealed class ServerFaults(string hostName, TimeProvider clock) : IFaults, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<FaultKind, ServerTls> _certificates = [];
    private ImmutableArray<ActiveFault> _all = [];
    private int _lastId;

    /// <summary>What sessions ask: null while there are none.</summary>
    public IFaults? Current => _all.IsEmpty ? null : this;

    /// <summary>All that are set, in the order in which they were.</summary>
    public IReadOnlyList<ActiveFault> All => _all;

    /// <summary>Sets a fault, behind those that are set.</summary>
    public ActiveFault Add(FaultRule rule)
    {
        lock (_lock)
        {
            var added = new ActiveFault(++_lastId, rule, clock);
            _all = _all.Add(added);
            return added;
        }
    }

    /// <summary>Takes a fault off; false if there is none of that number.</summary>
    public bool Remove(int id)
    {
        lock (_lock)
        {
            var left = _all.RemoveAll(one => one.Id == id);
            var found = left.Length < _all.Length;
            _all = left;
            return found;
        }
    }

    /// <inheritdoc/>
    public FaultAct? At(ServerConnection c, string command, string arguments)
    {
        if (command == "MAIL")
            c.FaultSender = ActiveFault.AddressIn(arguments);
        var delay = TimeSpan.Zero;
        foreach (var fault in _all)
        {
            if (IsElsewhere(fault.Rule.Kind) || !fault.Plays(c, command, arguments))
                continue;
            Tell(c, fault, command);
            var rule = fault.Rule;
            switch (rule.Kind)
            {
                case FaultKind.Delay:
                    delay += rule.Time;
                    break;
                case FaultKind.Greylist:
                    return new FaultAct(delay, FaultKind.Reply, "451 4.7.1 Greylisted, please try again later", 0);
                case FaultKind.Throttle:
                    return new FaultAct(delay, FaultKind.Reply, "421 4.7.0 Too many messages, try again later", 0);
                default:
                    return new FaultAct(delay, rule.Kind, rule.Reply, rule.Number);
            }
        }

        return delay > TimeSpan.Zero ? new FaultAct(delay, null, "", 0) : null;
    }

    /// <inheritdoc/>
    public FaultKind? AtHandshake(ServerConnection c)
    {
        foreach (var fault in _all)
        {
            if (fault.Rule.Kind is not (FaultKind.TlsFailure or FaultKind.WrongCertificate or FaultKind.ExpiredCertificate) || !fault.Plays(c, "TLS", ""))
                continue;
            Tell(c, fault, "TLS");
            return fault.Rule.Kind;
        }

        return null;
    }

    /// <inheritdoc/>
    public bool SwapsUidValidity(ServerConnection c) => Plays(c, FaultKind.SwapUidValidity);

    /// <inheritdoc/>
    public bool ExpiresToken(ServerConnection c) => Plays(c, FaultKind.ExpireToken);

    private bool Plays(ServerConnection c, FaultKind kind)
    {
        foreach (var fault in _all)
        {
            if (fault.Rule.Kind != kind || !fault.Plays(c, c.LastCommand ?? "", ""))
                continue;
            Tell(c, fault, c.LastCommand ?? "");
            return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public ServerTls Certificate(FaultKind kind)
    {
        lock (_lock)
        {
            if (!_certificates.TryGetValue(kind, out var made))
                _certificates[kind] = made = new ServerTls(Make(kind));
            return made;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var made in _certificates.Values)
            made.Certificate.Dispose();
    }

    private static bool IsElsewhere(FaultKind kind) =>
        kind is FaultKind.TlsFailure or FaultKind.WrongCertificate or FaultKind.ExpiredCertificate or FaultKind.SwapUidValidity or FaultKind.ExpireToken;

    private static void Tell(ServerConnection c, ActiveFault fault, string command) =>
        c.Publish(new FaultInjected { Fault = fault.Id, Kind = fault.Rule.Kind, Command = command });

    private X509Certificate2 Make(FaultKind kind)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // RFC 6761: nobody has a name below .invalid.
        var name = kind is FaultKind.WrongCertificate ? "wrong.invalid" : hostName;
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        var now = clock.GetUtcNow();
        var until = kind is FaultKind.WrongCertificate ? now.AddDays(30) : now.AddDays(-1);
        using var made = request.CreateSelfSigned(now.AddDays(-30), until);
        // By way of a file's content: not every platform takes a key that lives in memory alone.
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
