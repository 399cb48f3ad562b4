/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_EVENTHANDLER_H_
#define _STANDIN_SYS_EVENTHANDLER_H_

struct ifnet;
typedef struct eventhandler_entry *eventhandler_tag;

#define EVENTHANDLER_PRI_ANY	10000
/* One function a list, so that the handler's type is looked at. */
#define EVENTHANDLER_REGISTER(name, func, arg, priority)	\
	standin_register_##name((func), (arg), (priority))
#define EVENTHANDLER_DEREGISTER(name, tag)	standin_deregister_##name(tag)

#define STANDIN_EVENT(name, ...)	\
	eventhandler_tag standin_register_##name(void (*)(__VA_ARGS__),	\
	    void *arg, int priority);	\
	void	standin_deregister_##name(eventhandler_tag)

STANDIN_EVENT(ifnet_event, void *arg, struct ifnet *, int event);
STANDIN_EVENT(ifnet_link_event, void *arg, struct ifnet *, int state);
STANDIN_EVENT(ifnet_departure_event, void *arg, struct ifnet *);

#endif /* _STANDIN_SYS_EVENTHANDLER_H_ */
