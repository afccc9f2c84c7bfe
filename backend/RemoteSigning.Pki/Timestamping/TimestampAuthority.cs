using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Data;
using RemoteSigning.Pki.Options;

namespace RemoteSigning.Pki.Timestamping;

/// <summary>The time-stamping authority (RFC 3161): states that a digest existed at a time.</summary>
internal sealed partial class TimestampAuthority(
    Authorities authorities,
    TimestampIdentity identity,
    TimestampClock clock,
    TimestampJournal journal,
    PkiOptions options,
    ILogger<TimestampAuthority> logger)
{
    private readonly TimestampContent _content = new(options);
    private readonly TimestampSigner _signer = new(identity, authorities.Issuing.Certificate);

    /// <param name="der">What came as TimeStampReq.</param>
    /// <returns>TimeStampResp; refusals too are answers.</returns>
    public async Task<byte[]> AnswerAsync(ReadOnlyMemory<byte> der, CancellationToken cancel)
    {
        try
        {
            return TimestampResponse.Granted(await StampAsync(TimestampRequest.Read(der), cancel));
        }
        catch (TimestampRefusedException e)
        {
            LogRefused(e.Failure is TimestampFailure.TimeNotAvailable ? LogLevel.Error : LogLevel.Debug, e.Failure, e.Message);
            return TimestampResponse.Rejected(e.Failure, e.Message);
        }
        catch (Exception e) when (Outage.Is(e))
        {
            LogOutage(e);
            return TimestampResponse.Rejected(TimestampFailure.SystemFailure, "The authority cannot do this at present. Try again later.");
        }
    }

    /// <returns>A recorded TimeStampToken.</returns>
    private async Task<byte[]> StampAsync(TimestampRequest request, CancellationToken cancel)
    {
        journal.RefuseRevoked();
        if (request.Algorithm.Oid == Oids.Sha1 && !options.Timestamping.AllowSha1)
        {
            throw new TimestampRefusedException(TimestampFailure.BadAlgorithm, "SHA-1 is not accepted.");
        }

        string policy = request.Policy ?? options.Timestamping.Policy;
        if (policy != options.Timestamping.Policy && !options.Timestamping.AcceptedPolicies.Contains(policy))
        {
            throw new TimestampRefusedException(TimestampFailure.UnacceptedPolicy, "The policy is not one of this authority's.");
        }

        DateTimeOffset time = clock.Read();
        if (time >= identity.KeyEnd)
        {
            LogKeyEnded(identity.KeyEnd);
            throw new TimestampRefusedException(TimestampFailure.SystemFailure, "The use of the authority's key has ended.");
        }

        byte[] serialNumber = SerialNumbers.Draw();
        byte[] token = _signer.Sign(_content.Write(request, policy, serialNumber, time), request.WantsCertificates);
        await journal.AddAsync(
            new IssuedTimestamp
            {
                CertificateId = identity.Id,
                SerialNumber = serialNumber,
                Time = time,
                Policy = policy,
                HashAlgorithm = request.Algorithm.Oid,
                Imprint = request.Digest,
            },
            cancel);
        return token;
    }

    [LoggerMessage(EventId = 4008, Message = "Refused a time stamp with {Failure}: {Reason}")]
    private partial void LogRefused(LogLevel level, TimestampFailure failure, string reason);

    [LoggerMessage(4009, LogLevel.Error, "The time-stamping authority cannot answer now")]
    private partial void LogOutage(Exception exception);

    [LoggerMessage(4010, LogLevel.Critical, "The use of the time-stamping key ended at {End}. Run the command renew and start again")]
    private partial void LogKeyEnded(DateTimeOffset end);
}
