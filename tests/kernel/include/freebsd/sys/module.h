/* SPDX-License-Identifier: BSD-2-Clause */

/* A stand-in: see tests/kernel/include/README. */

#ifndef _STANDIN_SYS_MODULE_H_
#define _STANDIN_SYS_MODULE_H_

#include <sys/kernel.h>

typedef struct module *module_t;
typedef enum modeventtype {
	MOD_LOAD, MOD_UNLOAD, MOD_SHUTDOWN, MOD_QUIESCE
} modeventtype_t;

typedef struct moduledata {
	const char	*name;
	int		(*evhand)(module_t, int, void *);
	void		*priv;
} moduledata_t;

#define DECLARE_MODULE(name, data, sub, order)	\
	extern moduledata_t *const name##_module;	\
	moduledata_t *const name##_module = &(data);	\
	extern const int name##_module_place[];	\
	const int name##_module_place[] = { sub, order }
#define MODULE_VERSION(module, version)	\
	extern const int module##_module_version;	\
	const int module##_module_version = (version)
#define MODULE_DEPEND(module, on, min, preferred, max)	\
	extern const int module##_depends_on_##on[];	\
	const int module##_depends_on_##on[] = { min, preferred, max }

#endif /* _STANDIN_SYS_MODULE_H_ */
