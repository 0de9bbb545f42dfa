using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using MailOps.Messages;
using MailOps.Trust.TlsRpt;

namespace MailOps.Server.Queue.TlsReports;

/// <summary>A domain's report about one day (RFC 8460 sections 4.4 and 5): as JSON, and as mail. Made anew it is the same, with the same id.</summary>
internal sealed record TlsReport
{
    /// <summary>Who reports.</summary>
    public required string Organization { get; init; }

    /// <summary>Whom to ask, an address in ASCII.</summary>
    public required string Contact { get; init; }

    /// <summary>The domain that it is about.</summary>
    public required string Domain { get; init; }

    /// <summary>The day.</summary>
    public required TlsDay Day { get; init; }

    /// <summary>The domain of the contact: the reporter's (section 5.3).</summary>
    public string Submitter => Contact[(Contact.LastIndexOf('@') + 1)..];

    /// <summary>The id, by which who gets it twice knows it.</summary>
    public string Id => $"{Day.ReportId(Domain)}@{Submitter}";

    /// <summary>The name of its file (section 5.1).</summary>
    public string FileName => string.Create(CultureInfo.InvariantCulture, $"{Submitter}!{Domain}!{Start.ToUnixTimeSeconds()}!{End.ToUnixTimeSeconds()}!{Day.Key}.json.gz");

    private DateTimeOffset Start => new(Day.Date, TimeOnly.MinValue, TimeSpan.Zero);

    private DateTimeOffset End => Start.AddDays(1).AddSeconds(-1);

    /// <summary>The report, in gzip (section 5.2).</summary>
    public byte[] Compressed()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            Write(gzip);
        return packed.ToArray();
    }

    /// <summary>The report as mail (section 5.3), in ASCII.</summary>
    /// <param name="to">Addresses that were read strictly: they stand in its header.</param>
    /// <param name="date">When it is made.</param>
    public byte[] AsMail(IEnumerable<string> to, DateTimeOffset date)
    {
        var boundary = $"=_{Guid.NewGuid():N}";
        var text = new StringBuilder(2048);
        text.Append(CultureInfo.InvariantCulture, $"Date: {DateField.Of(date)}\r\nFrom: <{Contact}>\r\nTo: {string.Join(",\r\n\t", to.Select(address => $"<{address}>"))}\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Subject: Report Domain: {Domain}\r\n\tSubmitter: {Submitter}\r\n\tReport-ID: <{Id}>\r\nMessage-ID: <{Id}>\r\n");
        text.Append(CultureInfo.InvariantCulture, $"TLS-Report-Domain: {Domain}\r\nTLS-Report-Submitter: {Submitter}\r\n");
        // RFC 3834 section 5: nobody answers it by machine.
        text.Append(CultureInfo.InvariantCulture, $"Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=\"tlsrpt\";\r\n\tboundary=\"{boundary}\"\r\n\r\n");
        text.Append(CultureInfo.InvariantCulture, $"--{boundary}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nThis is a report about TLS on connections from {Submitter}\r\nto the mail servers of {Domain} on {Day.Date:yyyy-MM-dd} (UTC).\r\n\r\n");
        text.Append(CultureInfo.InvariantCulture, $"--{boundary}\r\nContent-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n\tfilename=\"{FileName}\"\r\n\r\n");
        foreach (var line in Convert.ToBase64String(Compressed()).Chunk(76))
            text.Append(line).Append("\r\n");
        text.Append(CultureInfo.InvariantCulture, $"\r\n--{boundary}--\r\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private void Write(Stream to)
    {
        using var json = new Utf8JsonWriter(to);
        json.WriteStartObject();
        json.WriteString("organization-name", Organization);
        json.WriteStartObject("date-range");
        json.WriteString("start-datetime", Text(Start));
        json.WriteString("end-datetime", Text(End));
        json.WriteEndObject();
        json.WriteString("contact-info", Contact);
        json.WriteString("report-id", Id);
        json.WriteStartArray("policies");
        foreach (var tally in Day.Domains[Domain].Policies)
            Write(json, tally);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TlsPolicyTally tally)
    {
        json.WriteStartObject();
        json.WriteStartObject("policy");
        json.WriteString("policy-type", tally.Policy.Type);
        Write(json, "policy-string", tally.Policy.Text);
        json.WriteString("policy-domain", tally.Policy.Domain);
        Write(json, "mx-host", tally.Policy.MxHosts);
        json.WriteEndObject();
        json.WriteStartObject("summary");
        json.WriteNumber("total-successful-session-count", tally.Succeeded);
        json.WriteNumber("total-failure-session-count", tally.Failed);
        json.WriteEndObject();
        if (tally.Failures.Count > 0)
        {
            json.WriteStartArray("failure-details");
            foreach (var failure in tally.Failures)
                Write(json, failure);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TlsFailureTally failure)
    {
        json.WriteStartObject();
        json.WriteString("result-type", NameOf(failure.Fault));
        WriteIfKnown(json, "sending-mta-ip", failure.Detail.SendingIp);
        json.WriteString("receiving-mx-hostname", failure.Detail.Host);
        WriteIfKnown(json, "receiving-mx-helo", failure.Detail.Helo);
        WriteIfKnown(json, "receiving-ip", failure.Detail.ReceivingIp);
        json.WriteNumber("failed-session-count", failure.Count);
        WriteIfKnown(json, "failure-reason-code", failure.Detail.Reason);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
            return;
        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static void WriteIfKnown(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
            json.WriteString(name, text);
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string NameOf(TlsFault fault) => fault switch
    {
        TlsFault.StartTlsNotSupported => "starttls-not-supported",
        TlsFault.CertificateHostMismatch => "certificate-host-mismatch",
        TlsFault.CertificateExpired => "certificate-expired",
        TlsFault.CertificateNotTrusted => "certificate-not-trusted",
        TlsFault.TlsaInvalid => "tlsa-invalid",
        TlsFault.DnssecInvalid => "dnssec-invalid",
        TlsFault.StsPolicyFetchError => "sts-policy-fetch-error",
        TlsFault.StsPolicyInvalid => "sts-policy-invalid",
        TlsFault.StsWebPkiInvalid => "sts-webpki-invalid",
        _ => "validation-failure",
    };
}
