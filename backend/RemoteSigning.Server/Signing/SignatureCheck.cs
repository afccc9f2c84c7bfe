using RemoteSigning.Contracts.Audit;
using RemoteSigning.Server.Peers;

namespace RemoteSigning.Server.Signing;

/// <summary>Whether what the SAM answered is what was ordered.</summary>
internal static class SignatureCheck
{
    /// <exception cref="PeerException">It is not.</exception>
    public static void Demand(SignatureOrder order, IReadOnlyList<byte[]> signatures, string jti, AuditRecord record)
    {
        if (!Describes(record, order, jti))
        {
            throw PeerException.Unbelievable(SamClient.Name, $"The SAM's record {record.Index} is not about these signatures.");
        }

        if (signatures.Count != order.Digests.Count)
        {
            throw PeerException.Unbelievable(
                SamClient.Name, $"The SAM answered {signatures.Count} signatures for {order.Digests.Count} digests.");
        }

        for (int i = 0; i < signatures.Count; i++)
        {
            if (!order.Credential.Key.Verify(order.Algorithm, order.Digests[i], signatures[i]))
            {
                throw PeerException.Unbelievable(SamClient.Name, $"Signature {i} of the SAM does not verify.");
            }
        }
    }

    private static bool Describes(AuditRecord record, SignatureOrder order, string jti)
    {
        IEnumerable<AuditDigest> ordered =
            order.Digests.Select(d => new AuditDigest(order.Algorithm.Oid, Convert.ToHexStringLower(d)));
        return record is { Event: AuditEvents.Sign, Outcome: "success", Digests: { } digests }
            && record.Jti == jti
            && record.KeyId == order.Credential.KeyPair.KeyId
            && record.Signer == order.Credential.Signer
            && record.ClientId == order.ClientId
            && digests.SequenceEqual(ordered);
    }
}
