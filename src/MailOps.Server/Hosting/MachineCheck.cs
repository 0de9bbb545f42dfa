using System.Net;
using System.Net.Sockets;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;

namespace MailOps.Server.Hosting;

/// <summary>What a server needs of its machine before it listens: a store and a log that can be written, and addresses that are there.</summary>
internal static class MachineCheck
{
    /// <summary>Everything that a start would fail at, with nothing left behind. Ports are not tried: one that is taken may be that of the server itself, which is to be updated.</summary>
    public static IEnumerable<OptionProblem> Problems(MailServerOptions options)
    {
        if (ProblemOf(() => OfStore(options.StorePath, () => WriteInto(NearestFolder(options.StorePath)))) is { } store)
            yield return new OptionProblem("StorePath", store);
        if (options.Authentication.FailureLogPath is { } log && ProblemOf(() => OfLog(log, () => TryLog(log))) is { } unwritable)
            yield return new OptionProblem("Authentication.FailureLogPath", unwritable);

        foreach (var endpoint in options.Endpoints.DistinctBy(one => (one.Path, one.Address)))
        {
            if (ProblemOf(() => TryEndpoint(endpoint)) is { } problem)
                yield return new OptionProblem("Listeners", problem);
        }

        if (options.MetricsEndpoint is { } metrics && ProblemOf(() => TryAddress(metrics, "metrics")) is { } unavailable)
            yield return new OptionProblem("Metrics", unavailable);
    }

    /// <summary>Makes the store's folder if it is missing.</summary>
    /// <exception cref="MailServerException">It cannot be made or written.</exception>
    public static void PrepareStore(string path) => OfStore(path, () =>
    {
        Directory.CreateDirectory(path);
        WriteInto(path);
    });

    /// <summary>Opens the log of failed logins.</summary>
    /// <exception cref="MailServerException">It cannot be written.</exception>
    public static LoginFailureLog OpenLog(string path, string hostName, ServerEvents events)
    {
        var log = new LoginFailureLog(path, hostName, events);
        OfLog(path, log.Probe);
        return log;
    }

    private static void OfStore(string path, Action act)
    {
        try
        {
            act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MailServerException(MailServerFault.StoreNotWritable, $"The store '{path}' cannot be written: {e.Message} Name a folder in which this user may create files.", e);
        }
    }

    private static void OfLog(string path, Action act)
    {
        try
        {
            act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MailServerException(MailServerFault.InvalidOptions, $"The log of failed logins '{path}' cannot be written: {e.Message} Name a file that this user may create or append to.", e);
        }
    }

    // One that is missing is not made: whoever makes it first decides who owns it.
    private static void TryLog(string path)
    {
        if (File.Exists(path) || Directory.Exists(path))
            new LoginFailureLog(path, "", new ServerEvents()).Probe();
        else
            WriteInto(Path.GetDirectoryName(path)!);
    }

    private static void TryEndpoint(MailEndpoint endpoint)
    {
        if (endpoint.Path is { } path)
            EndpointBinding.AtPath(path, endpoint.Protocol, () => TrySocket(path));
        else
            TryAddress(new IPEndPoint(endpoint.Address, endpoint.Port), endpoint.Protocol.ToString());
    }

    private static bool TrySocket(string path)
    {
        var isThere = UnixSocketFile.Check(path);
        if (!isThere)
            WriteInto(Path.GetDirectoryName(path)!);
        return isThere;
    }

    private static void TryAddress(IPEndPoint endpoint, string what) => EndpointBinding.At(endpoint, what, () =>
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(endpoint.Address, 0));
        return true;
    });

    // Asked of the disk itself: permissions say little about read-only mounts and quotas.
    private static void WriteInto(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException(File.Exists(folder) ? $"'{folder}' is a file, and no folder." : $"There is no folder '{folder}'.");
        var probe = Path.Combine(folder, $".probe.{Guid.NewGuid():N}");
        File.WriteAllBytes(probe, []);
        File.Delete(probe);
    }

    private static string NearestFolder(string path)
    {
        while (!Directory.Exists(path) && !File.Exists(path) && Path.GetDirectoryName(path) is { } above)
            path = above;
        return path;
    }

    private static string? ProblemOf(Action act)
    {
        try
        {
            act();
            return null;
        }
        catch (MailServerException e)
        {
            return e.Message;
        }
    }
}
