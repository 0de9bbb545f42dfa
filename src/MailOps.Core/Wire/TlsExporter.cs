using System.Net.Security;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Text;

namespace MailOps.Wire;

/// <summary>
/// Keying material of a TLS connection (RFC 5705, RFC 8446 section 7.5). The framework has no way to it (10.0), OpenSSL
/// below it has: this asks OpenSSL, on Linux, for the connection that the framework holds. Where anything of that is not as
/// it was when this was written, there is no material, and what is built on it is not offered.
/// </summary>
internal static unsafe class TlsExporter
{
    // SafeSslHandle, whose handle is OpenSSL's SSL*.
    private static readonly FieldInfo? Connection = typeof(SslStream).GetField("_securityContext", BindingFlags.Instance | BindingFlags.NonPublic);

    private static readonly delegate* unmanaged<nint, byte*, nuint, byte*, nuint, byte*, nuint, int, int> Export = FindExport();

    /// <summary>Octets for a label and an empty context, or null where there are none to be had.</summary>
    /// <param name="stream">A connection after its handshake. Only TLS 1.3 has material that is its own without an extension.</param>
    /// <param name="label">A label that IANA knows.</param>
    /// <param name="length">How many octets.</param>
    public static byte[]? TryExport(SslStream stream, string label, int length)
    {
        if (Export is null || stream.SslProtocol != SslProtocols.Tls13
            || Connection?.GetValue(stream) is not SafeHandle { IsInvalid: false, IsClosed: false } handle
            || handle.GetType().Name != "SafeSslHandle")
        {
            return null;
        }

        var held = false;
        try
        {
            handle.DangerousAddRef(ref held);
            var name = Encoding.ASCII.GetBytes(label);
            var material = new byte[length];
            fixed (byte* to = material, text = name)
                return Export(handle.DangerousGetHandle(), to, (nuint)length, text, (nuint)name.Length, null, 0, 1) == 1 ? material : null;
        }
        finally
        {
            if (held)
                handle.DangerousRelease();
        }
    }

    // The one library that is loaded: another copy would not know the other's connections.
    private static delegate* unmanaged<nint, byte*, nuint, byte*, nuint, byte*, nuint, int, int> FindExport()
    {
        if (!OperatingSystem.IsLinux() || Connection is null)
            return null;

        try
        {
            var loaded = File.ReadLines("/proc/self/maps")
                .Select(line => line.IndexOf('/', StringComparison.Ordinal) is >= 0 and var at ? line[at..] : "")
                .Where(path => Path.GetFileName(path).StartsWith("libssl.so", StringComparison.Ordinal))
                .Distinct(StringComparer.Ordinal)
                .ToArray();
            return loaded is [var only] && NativeLibrary.TryLoad(only, out var library) && NativeLibrary.TryGetExport(library, "SSL_export_keying_material", out var address)
                ? (delegate* unmanaged<nint, byte*, nuint, byte*, nuint, byte*, nuint, int, int>)address
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
