using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Management.Automation;
using System.Net;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Hosting;

namespace MailOps.Cmdlets.Servers;

/// <summary>A configuration file as the cmdlets take it that start and update servers.</summary>
internal static class ServerConfiguration
{
    /// <summary>Reads a file. Every problem is an error record with its line.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal static bool TryRead(string path, bool allowsCapture, [NotNullWhen(true)] out MailServerOptions? options, out List<ErrorRecord> problems)
    {
        var result = ConfigurationFile.Read(path);
        problems = [.. result.Problems.Select(problem => ErrorRecords.Finding("InvalidConfiguration", ErrorCategory.InvalidData, string.Create(CultureInfo.InvariantCulture, $"{path}:{problem.Line}: {problem.Message}"), path))];
        options = result.Options;
        if (options is null)
            return false;
        if (BeyondLoopback(options.Capture && !allowsCapture, options.Endpoints) is { } error)
            problems.Add(error);
        return problems.Count == 0;
    }

    /// <summary>The error of a capturing server that others could reach; null if there is none.</summary>
    internal static ErrorRecord? BeyondLoopback(bool isCapture, IEnumerable<MailEndpoint> endpoints) =>
        isCapture && endpoints.FirstOrDefault(endpoint => endpoint.Path is null && !IPAddress.IsLoopback(endpoint.Address)) is { } open
            ? ErrorRecords.Finding(
                "CaptureBeyondLoopback",
                ErrorCategory.SecurityError,
                $"A capturing server takes any mail and any login, and would do so for everybody who reaches {open.Address}. Listen on loopback, or add -Force if that is meant.",
                open.Address)
            : null;
}
