using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Cluster;

namespace RemoteSigning.Sam.Api;

/// <summary>The functions of the SAM. <c>$body</c> is a literal part of the path.</summary>
internal static class SamApi
{
    private static readonly string[] Service = [Roles.SigningService];
    private static readonly string[] Administration = [Roles.Operator];
    private static readonly string[] Peers = [Roles.Peer];
    private static readonly string[] Everybody = [Roles.SigningService, Roles.Operator];

    public static void MapSam(this IEndpointRouteBuilder routes, SamNode node)
    {
        RequestPipeline pipeline = node.Pipeline;
        routes.MapGet("/sam/v1/status", pipeline.Audited(AuditEvents.Status, Everybody, node.Status.HandleAsync));
        routes.MapGet(
            "/sam/v1/configurations/dynamic",
            pipeline.Audited(AuditEvents.ReadConfiguration, Administration, ReadConfigurationEndpoint.HandleAsync));
        routes.MapPut(
            "/sam/v1/configurations/dynamic",
            pipeline.Audited(AuditEvents.Configure, Administration, node.ChangeConfiguration.HandleAsync));
        routes.MapPost("/sam/v1/key_pairs", pipeline.Audited(AuditEvents.Generate, Service, node.Generate.HandleAsync));
        routes.MapPost("/sam/v1/signers/$body/key_pairs", pipeline.Audited(AuditEvents.Assign, Service, node.Assign.HandleAsync));
        routes.MapPost(
            "/sam/v1/proofs_of_possession", pipeline.Audited(AuditEvents.ProvePossession, Service, node.ProvePossession.HandleAsync));
        routes.MapPut("/sam/v1/key_pairs/$body", pipeline.Audited(AuditEvents.ChangeStatus, Service, node.ChangeStatus.HandleAsync));
        routes.MapPost("/sam/v1/key_pairs/$body/reseal", pipeline.Audited(AuditEvents.Reseal, Service, node.Reseal.HandleAsync));
        routes.MapDelete("/sam/v1/key_pairs/$body", pipeline.Audited(AuditEvents.Delete, Everybody, node.Delete.HandleAsync));
        routes.MapPost("/sam/v1/signatures", pipeline.Audited(AuditEvents.Sign, Service, node.Sign.HandleAsync));
        routes.MapPost("/sam/v1/peers/$body/retire", pipeline.Audited(AuditEvents.RetirePeer, Administration, node.Standing.RetireAsync));
        routes.MapPost(
            "/sam/v1/peers/$body/reinstate", pipeline.Audited(AuditEvents.ReinstatePeer, Administration, node.Standing.ReinstateAsync));
        routes.MapPost(
            PeerFunctions.Path(PeerFunctions.Heartbeat), pipeline.AuditedIfRefused(AuditEvents.PeerHeartbeat, Peers, node.Peers.BeatAsync));
        routes.MapPost(
            PeerFunctions.Path(PeerFunctions.Read), pipeline.AuditedIfRefused(AuditEvents.PeerRead, Peers, node.Peers.ReadAsync));
        routes.MapPost(
            PeerFunctions.Path(PeerFunctions.Witness), pipeline.AuditedIfRefused(AuditEvents.PeerHead, Peers, node.Peers.WitnessAsync));
        routes.MapPost(PeerFunctions.Path(PeerFunctions.Store), pipeline.Audited(AuditEvents.PeerStore, Peers, node.Peers.StoreAsync));
        routes.Map("{**path}", pipeline.Audited(AuditEvents.Refused, Everybody, _ =>
            throw Refusals.Create(ProblemCodes.NotFound, "no function has this path and method")));
    }
}
